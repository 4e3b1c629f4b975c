// Reads the state's image without stopping anybody: segments one after the other while snapshots go
// on, then the deltas since the beginning, in order. A line that changed meanwhile is in one of them,
// so the result is the image at the last delta's position, exactly.
// Begins anew where another instance answers, or where the deltas no longer reach back.

import { CastleError } from "../../errors.ts";
import type { Snapshot } from "../../replication/messages.ts";
import type { Answer, RedisConnection } from "./connection.ts";
import { ImageBuilder } from "./image.ts";
import { numberOf, textOf } from "./records.ts";

/** A reader that is outrun this often is on a machine too slow to follow anyway. */
const attemptsMax = 5;
const segmentsInCall = 2;

interface Head {
  readonly instance: string;
  readonly position: number;
  readonly epoch: number;
  readonly countedInstance: string;
  readonly hash: string;
  readonly rest: readonly Answer[];
}

export interface LoadedImage {
  readonly instance: string;
  readonly snapshot: Snapshot | null;
}

function headOf(reply: readonly Answer[]): Head {
  return {
    instance: textOf(reply[1]),
    position: numberOf(reply[2]),
    epoch: numberOf(reply[3]),
    countedInstance: textOf(reply[4]),
    hash: textOf(reply[5]),
    rest: reply.slice(6),
  };
}

/** @throws CastleError REDIS_UNREACHABLE where no whole image could be read */
export async function readImage(connection: RedisConnection): Promise<LoadedImage> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const loaded = await new ImageReader(connection).read();
    if (loaded !== null) return loaded;
  }
  throw new CastleError("REDIS_UNREACHABLE", "the snapshot changed faster than it could be read");
}

class ImageReader {
  private readonly connection: RedisConnection;
  private readonly builder = new ImageBuilder();
  private readonly deltas: Buffer[] = [];
  /** The deltas held lead up to here, and these parts of the next one are held too. */
  private position = 0;
  private parts = 0;

  constructor(connection: RedisConnection) {
    this.connection = connection;
  }

  /** `null`: begin anew. */
  async read(): Promise<LoadedImage | null> {
    const opened = headOf(await this.connection.call("image_open", []));
    if (opened.position < 0) return { instance: opened.instance, snapshot: null };
    this.position = opened.position;
    const missing = this.takeSegments(opened.rest);
    let head = opened;
    for (let at = 0; at < missing.length; at += segmentsInCall) {
      if (!(await this.readSegments(missing.slice(at, at + segmentsInCall), opened))) return null;
      // Along the way, for the list of deltas is short.
      const caughtUp = await this.catchUp(opened);
      if (caughtUp === null) return null;
      head = caughtUp;
    }
    for (const delta of this.deltas) this.builder.applyDelta(delta);
    const { position, epoch, countedInstance: instance, hash } = head;
    const lines = this.builder.encode();
    return { instance: head.instance, snapshot: { position, epoch, instance, hash, lines } };
  }

  /** Pairs of number and content; the numbers of those whose content did not come. */
  private takeSegments(pairs: readonly Answer[]): number[] {
    const missing: number[] = [];
    for (let at = 0; at < pairs.length; at += 2) {
      const segment = numberOf(pairs[at]);
      const content = pairs[at + 1];
      if (content instanceof Buffer) this.builder.addSegment(segment, Buffer.from(content));
      else missing.push(segment);
    }
    return missing;
  }

  private async readSegments(segments: readonly number[], opened: Head): Promise<boolean> {
    const head = headOf(await this.connection.call("image_segments", segments));
    if (head.instance !== opened.instance) return false;
    for (const [index, segment] of segments.entries()) {
      this.builder.addSegment(segment, Buffer.from(head.rest[index] as Buffer));
    }
    return true;
  }

  /** All deltas up to now; the head that they lead to. */
  private async catchUp(opened: Head): Promise<Head | null> {
    for (;;) {
      const head = headOf(await this.connection.call("image_deltas", [this.position, this.parts]));
      if (head.instance !== opened.instance) return null;
      const held = this.deltas.length;
      for (const delta of head.rest as Answer[][]) this.takePart(delta);
      if (this.position === head.position) return head;
      // The delta that would follow is no longer there.
      if (this.deltas.length === held) return null;
    }
  }

  private takePart([on, position, parts, runs]: readonly Answer[]): void {
    if (numberOf(on) !== this.position) return;
    this.deltas.push(runs as Buffer);
    this.parts++;
    if (this.parts < numberOf(parts)) return;
    this.position = numberOf(position);
    this.parts = 0;
  }
}
