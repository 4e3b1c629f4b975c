import { expect } from "chai";
import fc from "fast-check";
import { encodeLines } from "../../../engine/codec/lines-codec.ts";
import { LINE_BYTES } from "../../../engine/core/memory.ts";
import type { Snapshot } from "../../../engine/replication/messages.ts";
import type { Machine } from "../../../engine/replication/ports.ts";
import { StateCopy } from "../../../engine/replication/state-copy.ts";
import { property } from "../../support/property.ts";

const lineCount = 200;

/** A memory of lines that anybody may write, and that remembers which were written. */
class LineMemory {
  readonly bytes = new Uint8Array(lineCount * LINE_BYTES);
  position = 0;
  private readonly used = new Set<number>();
  private changed = new Set<number>();

  write(line: number): void {
    this.position++;
    this.bytes.fill(this.position % 251, line * LINE_BYTES, (line + 1) * LINE_BYTES);
    this.used.add(line);
    this.changed.add(line);
  }

  mark(): Uint32Array {
    const lines = Uint32Array.from(this.changed).sort();
    this.changed = new Set();
    return lines;
  }

  usedLines(): Uint32Array {
    return Uint32Array.from(this.used).sort();
  }

  get image(): Uint8Array {
    return encodeLines(this.bytes, this.usedLines());
  }
}

/** A copy of a memory, and the memory's own image at each position that was marked. */
function copyOf(memory: LineMemory, linesMax: number) {
  const images = new Map<number, Uint8Array>();
  const machine = {
    lineCount,
    usedLines: () => memory.usedLines(),
    copyLines: (lines: Uint32Array) => {
      expect(lines.length).to.be.at.most(linesMax);
      return encodeLines(memory.bytes, lines);
    },
  } as unknown as Machine;
  const mark = () => {
    copy.touched(memory.mark());
    images.set(memory.position, memory.image);
    return { position: memory.position, epoch: 1, instance: "", hash: `${memory.position}` };
  };
  const copy = new StateCopy(machine, linesMax, mark);
  return { copy, images, mark };
}

/** Steps, with writes between them, until there is an image. */
function finish(copy: StateCopy, between: (step: number) => void = () => {}): Snapshot {
  for (let step = 0; step < 10_000; step++) {
    const image = copy.take(0);
    if (image !== null) return image;
    copy.step();
    between(step);
  }
  throw new Error("it never ends");
}

describe("StateCopy", function () {
  // A property over hundreds of copies.
  this.timeout(20_000);

  it("is the state at one position, whatever is written meanwhile", () => {
    const writes = fc.array(fc.array(fc.nat(lineCount - 1), { maxLength: 6 }), { maxLength: 200 });
    property(
      fc.property(writes, fc.integer({ min: 1, max: 9 }), fc.nat(3), (rounds, linesMax, marks) => {
        const memory = new LineMemory();
        for (let line = 0; line < lineCount; line += 3) memory.write(line);
        const { copy, images, mark } = copyOf(memory, linesMax);
        const image = finish(copy, (step) => {
          for (const line of rounds[step] ?? []) memory.write(line);
          // Others mark the state too, at any time.
          if (marks > 0 && step % marks === 0) mark();
        });
        expect(Buffer.from(image.lines).equals(images.get(image.position) as Uint8Array)).to.equal(
          true,
        );
        expect(image.hash).to.equal(`${image.position}`);
      }),
      300,
    );
  });

  it("ends also where the state changes faster than it is copied", () => {
    const memory = new LineMemory();
    memory.write(0);
    const { copy, images } = copyOf(memory, 4);
    const image = finish(copy, (step) => {
      for (let line = 0; line < lineCount; line += 2) memory.write((line + step) % lineCount);
    });
    expect(image.lines).to.deep.equal(images.get(image.position));
  });

  it("begins anew when the state was replaced, or the image is too old", () => {
    const memory = new LineMemory();
    for (let line = 0; line < lineCount; line++) memory.write(line);
    const { copy } = copyOf(memory, 64);
    copy.take(0);
    copy.step();
    copy.abort();
    copy.step();
    expect(finish(copy).position).to.equal(lineCount);
    memory.write(5);
    copy.take(0);
    for (let step = 0; step < 100; step++) copy.step();
    expect(copy.take(lineCount + 2)).to.equal(null);
    expect(finish(copy).position).to.equal(lineCount + 1);
  });
});
