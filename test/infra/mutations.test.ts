// Would a mistake be noticed? Each is planted alone into a stack's configuration or into what the stack
// registers, and the check that is there for it must say so, and must not have said so before.

import { assert } from "chai";
import type { CapturedResource } from "../../infra/capture/capture.ts";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { violationsOf } from "../../infra/policy/rules.ts";
import { type Rehearsal, rehearse, subjectsOf, surroundingsOf } from "../../infra/rehearsal.ts";
import { schemaFaults } from "../../infra/schema/check-schema.ts";
import { rangeFaults } from "../../infra/schema/range.ts";
import { ranges } from "../../infra/schema/ranges.ts";
import { readStackFile } from "../../infra/stack-file.ts";
import { configMistakes } from "./mutations/config-mistakes.ts";
import { doorMistakes } from "./mutations/door-mistakes.ts";
import { globalMistakes } from "./mutations/global-mistakes.ts";
import { kubernetesMistakes } from "./mutations/kubernetes-mistakes.ts";
import { plantedStacks, type ResourceMistake } from "./mutations/mistake.ts";
import { pipelineMistakes } from "./mutations/pipeline-mistakes.ts";
import { regionMistakes } from "./mutations/region-mistakes.ts";
import { serviceMistakes } from "./mutations/service-mistakes.ts";

type Resources = readonly CapturedResource[];

const checks: Record<ResourceMistake["caughtBy"], (all: Resources, of: Rehearsal) => string[]> = {
  schema: (all) =>
    schemaFaults(all).map(({ name, path, message }) => `${name}: ${path}: ${message}`),
  range: (all) => rangeFaults(all, ranges).map(({ name, message }) => `${name}: ${message}`),
  policy: (all, { config }) =>
    violationsOf(subjectsOf(all), surroundingsOf(config)).map(
      ({ rule, name, message }) => `${name}: ${message} (${rule})`,
    ),
};

function planted(resources: Resources, row: ResourceMistake): Resources | undefined {
  const target = resources.find(
    ({ type, name }) => type === row.type && name.endsWith(row.nameEnd ?? ""),
  );
  if (target === undefined) return undefined;
  const others = resources.filter((one) => one !== target);
  if (row.isForgotten === true) return others;
  const inputs = row.inputs?.(target.inputs) ?? target.inputs;
  return [...others, { ...target, inputs, options: { ...target.options, ...row.options } }];
}

describe("Mistakes in a stack's configuration", function () {
  // The first one loads the schemas.
  this.timeout(20_000);
  for (const { mistake, stack, names, plant } of configMistakes) {
    it(`notices ${mistake}`, () => {
      const { values } = readStackFile(stack);
      assert.doesNotThrow(() => parseConfig(values, stack));
      const sections = Object.fromEntries(
        Object.entries(values)
          .filter(([, value]) => value.startsWith("{"))
          .map(([key, value]) => [key.replace("castle:", ""), JSON.parse(value)]),
      );
      plant(sections);
      const written = Object.entries(sections).map(([key, section]) => [
        `castle:${key}`,
        JSON.stringify(section),
      ]);
      const wrong = { ...values, ...Object.fromEntries(written) };
      assert.throws(() => parseConfig(wrong, stack), names);
    });
  }
});

describe("Mistakes in what a stack registers", function () {
  // Seven programs under mocks, and the SDKs' declarations.
  this.timeout(120_000);
  const rehearsals = new Map<string, Rehearsal>();
  const leftOut: string[] = [];
  let caught = 0;

  before(async () => {
    for (const stack of plantedStacks) rehearsals.set(stack, await rehearse(stack));
  });

  const rows = [
    ...globalMistakes,
    ...regionMistakes,
    ...doorMistakes,
    ...pipelineMistakes,
    ...kubernetesMistakes,
    ...serviceMistakes,
  ];
  for (const row of rows) {
    it(`notices ${row.mistake}, by ${row.caughtBy}`, function () {
      const rehearsal = rehearsals.get(row.stack);
      assert.isDefined(rehearsal);
      const resources = planted(rehearsal.resources, row);
      if (resources === undefined) {
        leftOut.push(row.mistake);
        this.skip();
      }
      const check = checks[row.caughtBy];
      const before = check(rehearsal.resources, rehearsal);
      const news = check(resources, rehearsal).filter((fault) => !before.includes(fault));
      assert.isTrue(
        news.some((fault) => row.says.test(fault)),
        `said only: ${news.join("; ")}`,
      );
      caught += 1;
    });
  }

  it("shows twenty-five mistakes or more in resources alone", () => {
    assert.isAtLeast(caught, 25, `left out: ${leftOut.join(", ")}`);
  });
});
