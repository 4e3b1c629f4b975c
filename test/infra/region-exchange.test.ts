// What nodes of one region are told of the other one's journal, either way round.

import { assert } from "chai";
import { inRegion } from "../../infra/components/arn.ts";
import { violationsOf } from "../../infra/policy/rules.ts";
import { type Rehearsal, rehearse, subjectsOf, surroundingsOf } from "../../infra/rehearsal.ts";
import { readStackFile } from "../../infra/stack-file.ts";

/** Of engine 1, at its start: variable to ARN. */
function secretsOfHost({ resources }: Rehearsal): ReadonlyMap<string, string> {
  const template = resources.find(({ name }) => name === "engines-1-template");
  const script = Buffer.from(String(template?.inputs.userData), "base64").toString();
  return new Map(
    [...script.matchAll(/^([A-Z_]+) (arn:aws:secretsmanager:\S+) \S+$/gm)].map(
      ([, variable = "", arn = ""]) => [variable, arn],
    ),
  );
}

describe("The other region's journal", function () {
  this.timeout(60_000);

  it("is read by dr with prod's secret, in its replica", async () => {
    const [prod, dr] = [await rehearse("prod"), await rehearse("dr")];
    const own = secretsOfHost(prod).get("JOURNAL_PASSWORD") ?? "";
    assert.match(own, /^arn:aws:secretsmanager:us-east-1:/);
    assert.equal(secretsOfHost(dr).get("PEER_JOURNAL_PASSWORD"), inRegion(own, "us-west-2"));
  });

  it("is read by prod as soon as it is told of dr's, and at home too", async () => {
    const secretArn = "arn:aws:secretsmanager:us-west-2:123456789012:secret:journal-AbCdEf";
    const { name, values } = readStackFile("prod");
    const place = {
      ...JSON.parse(values["castle:place"] ?? "{}"),
      peerJournal: { host: "journal.dr.example", secretArn },
    };
    const told = await rehearse({
      name,
      values: { ...values, "castle:place": JSON.stringify(place) },
    });
    assert.equal(
      secretsOfHost(told).get("PEER_JOURNAL_PASSWORD"),
      inRegion(secretArn, "us-east-1"),
    );
    const faults = violationsOf(subjectsOf(told.resources), surroundingsOf(told.config));
    assert.deepEqual(faults, []);
  });
});
