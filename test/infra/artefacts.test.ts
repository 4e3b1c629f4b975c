// What a configuration names must be there before anything is made: one error, with every field.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { assert } from "chai";
import { assertArtefacts, hostBundle } from "../../infra/artefacts.ts";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { InfraError } from "../../infra/errors.ts";
import { readStackFile } from "../../infra/stack-file.ts";

describe("Artefacts", () => {
  const { name, values } = readStackFile("seed-004");
  const config = parseConfig(values, name);
  if (config.role === "global") throw new Error("seed 004 is a region");
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "castle-artefacts-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (...paths: readonly string[]): void => {
    for (const path of paths) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), "");
    }
  };
  const given = [
    "artefacts/ingestion.zip",
    "artefacts/messages-authorizer.zip",
    "artefacts/kafka-connect-s3.zip",
    "artefacts/kinesis-kafka-connector.zip",
  ];

  const faultOf = (): string => {
    try {
      assertArtefacts(config, folder);
    } catch (error) {
      assert.instanceOf(error, InfraError);
      assert.equal(error.code, "ARTEFACT_MISSING");
      return error.message;
    }
    return "";
  };

  it("are all named at once where they are missing", () => {
    const lines = faultOf().split("\n");
    assert.sameMembers(
      lines.map((line) => line.split(" is not there")[0]),
      [
        "castle:workloads.functions.ingestion: artefacts/ingestion.zip",
        "castle:workloads.functions.messages-authorizer: artefacts/messages-authorizer.zip",
        "castle:pipeline.msk.connectors.s3: artefacts/kafka-connect-s3.zip",
        "castle:pipeline.msk.connectors.kinesis: artefacts/kinesis-kafka-connector.zip",
        hostBundle,
      ],
    );
  });

  it("say how the engines' own is made", () => {
    put(...given);
    assert.equal(faultOf(), `${hostBundle} is not there; run npm run build`);
  });

  it("are enough when they are there", () => {
    put(...given, hostBundle);
    assert.equal(faultOf(), "");
  });
});
