// Run after a probe has ended: `node keep-report.mjs FILE` puts what it said into the archive, beside the
// reports of the experiments that it watched. By the environment: CASTLE_REPORT_BUCKET,
// CASTLE_REPORT_PREFIX, CASTLE_ZONE, AWS_REGION. Exit codes: 0 kept, 2 not.

import { readFileSync } from "node:fs";
import { InfraError } from "../errors.ts";
import { signedCall } from "./signed-call.ts";

function given(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new InfraError("SECRET_MISSING", `the environment lacks ${name}`);
}

async function keep(file: string): Promise<void> {
  const [bucket, prefix, region] = [
    given("CASTLE_REPORT_BUCKET"),
    given("CASTLE_REPORT_PREFIX"),
    given("AWS_REGION"),
  ];
  const zone = process.env.CASTLE_ZONE ? `zone-${process.env.CASTLE_ZONE}` : "no-zone";
  const at = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const key = `${prefix}/${zone}/${at}.json`;
  const endpoint = process.env.AWS_ENDPOINT_URL_S3;
  await signedCall({
    ...{ service: "s3", region, method: "PUT" },
    url: new URL(
      endpoint === undefined
        ? `https://${bucket}.s3.${region}.amazonaws.com/${key}`
        : `${endpoint}/${bucket}/${key}`,
    ),
    headers: { "content-type": "application/json" },
    body: readFileSync(file, "utf8"),
  });
  process.stdout.write(`kept as s3://${bucket}/${key}\n`);
}

try {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new InfraError("SECRET_MISSING", "usage: keep-report.mjs FILE");
  await keep(file);
} catch (error) {
  const code = error instanceof InfraError ? error.code : "BUG";
  process.stderr.write(`error: ${(error as Error).message} (${code})\n`);
  process.exitCode = 2;
}
