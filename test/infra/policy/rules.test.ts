// Each policy keeps quiet on its good example and speaks on its bad one.

import { expect } from "chai";
import type { Subject, Surroundings } from "../../../infra/policy/rule.ts";
import { rules } from "../../../infra/policy/rules.ts";
import { availabilityExamples } from "./examples/availability.ts";
import { doorExamples } from "./examples/doors.ts";
import { encryptionExamples } from "./examples/encryption.ts";
import { exposureExamples } from "./examples/exposure.ts";
import { kubernetesExamples } from "./examples/kubernetes.ts";
import { pipelineExamples } from "./examples/pipelines.ts";
import { recoveryExamples, watchExamples } from "./examples/recovery.ts";
import { serviceExamples } from "./examples/services.ts";

const examples = [
  ...encryptionExamples,
  ...exposureExamples,
  ...doorExamples,
  ...recoveryExamples,
  ...watchExamples,
  ...availabilityExamples,
  ...serviceExamples,
  ...pipelineExamples,
  ...kubernetesExamples,
];
const prod: Surroundings = { role: "prod", isActive: true };

const told = (name: string, all: readonly Subject[], surroundings = prod): string[] => {
  const rule = rules.find((each) => each.name === name);
  if (rule === undefined) throw new Error(`there is no policy ${name}`);
  return rule.check(all, surroundings).map(({ message }) => message);
};

describe("Policies", () => {
  it("are forty and more, each under a name of its own", () => {
    expect(rules.length).to.be.at.least(40);
    expect(new Set(rules.map(({ name }) => name)).size).to.equal(rules.length);
  });

  it("have an example each", () => {
    const shown = new Set(examples.map(({ rule }) => rule));
    expect(rules.map(({ name }) => name).filter((name) => !shown.has(name))).to.deep.equal([]);
  });

  for (const { rule, good, bad, surroundings } of examples) {
    it(`${rule} keeps quiet on what is right`, () =>
      expect(told(rule, good, surroundings)).to.deep.equal([]));
    it(`${rule} speaks on what is wrong, in one sentence`, () =>
      expect(told(rule, bad, surroundings)).to.have.length(1));
  }
});
