import { assert } from "chai";
import { type Range, rangeFaults, valuesAt } from "../../../infra/schema/range.ts";
import { ranges } from "../../../infra/schema/ranges.ts";
import { clusterExamples } from "./cluster-range-examples.ts";
import { lawEdges, rowEdges } from "./range-edges.ts";
import { lawExamples, rowExamples } from "./range-examples.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** `a.b[]` and 1 -> { a: { b: [1] } }. */
function nested(path: string, value: unknown): Inputs {
  return path.split(".").reduceRight<unknown>((inner, step) => {
    return step.endsWith("[]") ? { [step.slice(0, -2)]: [inner] } : { [step]: inner };
  }, value) as Inputs;
}

function named(name: string): Range {
  const found = ranges.filter((range) => range.name === name);
  const [range] = found;
  if (range === undefined || found.length > 1) throw new Error(`${found.length} ranges of ${name}`);
  return range;
}

function faults(range: Range, inputs: Inputs): string[] {
  const [type = ""] = range.types;
  const region = typeof inputs.region === "string" ? inputs.region : "us-east-1";
  const found = rangeFaults([{ type, name: "it", inputs, region }], [range]);
  return found.map(({ message }) => message);
}

describe("Ranges: what AWS takes", () => {
  const examples = [
    ...[...rowExamples, ...clusterExamples].map(([name, good, bad]) => {
      const { path = "" } = named(name);
      return [name, nested(path, good), nested(path, bad)] as const;
    }),
    ...lawExamples,
  ];
  for (const [name, good, bad] of examples) {
    it(`${name}: lets the good pass and refuses the bad`, () => {
      assert.deepEqual(faults(named(name), good), []);
      assert.isNotEmpty(faults(named(name), bad));
    });
  }

  for (const [name, good, bad] of rowEdges) {
    it(`${name}: is exact at its edges`, () => {
      const { path = "" } = named(name);
      const faultsOf = (value: unknown) => faults(named(name), nested(path, value));
      assert.deepEqual(
        good.filter((value) => faultsOf(value).length > 0),
        [],
      );
      assert.deepEqual(
        bad.filter((value) => faultsOf(value).length === 0),
        [],
      );
    });
  }
  for (const [name, good, bad] of lawEdges) {
    it(`${name}: is exact at its edges`, () => {
      assert.deepEqual(
        good.flatMap((inputs) => faults(named(name), inputs)),
        [],
      );
      assert.deepEqual(
        bad.filter((inputs) => faults(named(name), inputs).length === 0),
        [],
      );
    });
  }

  it("has one good and one bad example of each, and a source", () => {
    const shown = examples.map(([name]) => name);
    assert.sameMembers(
      shown,
      ranges.map(({ name }) => name),
    );
    assert.isEmpty(ranges.filter(({ source }) => source === "" || /^docs(:|$)/.test(source)));
  });
  it("says nothing of what only a deployment knows", () => {
    for (const { name, path = "" } of ranges.filter((range) => range.path !== undefined)) {
      assert.deepEqual(faults(named(name), nested(path, "<unknown>")), [], name);
    }
  });
  it("finds values within lists of lists", () => {
    assert.deepEqual(valuesAt({ a: [{ b: [{ c: 1 }, { c: 2 }] }, {}] }, "a[].b[].c"), [1, 2]);
  });
});
