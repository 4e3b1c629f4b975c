// The calls that a node makes to AWS before its program runs or after it has ended, against a server that
// answers as AWS does: the certificate of a gateway, the report of a probe.

import { spawn } from "node:child_process";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert } from "chai";

const packaging = new URL("../../../infra/packaging/", import.meta.url);
const credentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe("Calls of a node to AWS", function () {
  // Programs that load the SDK.
  this.timeout(30_000);

  let dir: string;
  let server: Server;
  let endpoint: string;
  let asked: Asked[] = [];
  let answer: (request: Asked) => { readonly status: number; readonly text: string };

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "castle-calls-"));
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += String(part);
      });
      request.on("end", () => {
        const { url = "", method = "", headers } = request;
        asked.push({ url, method, headers, body });
        const { status, text } = answer({ url, method, headers, body });
        response.writeHead(status).end(text);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function run(program: string, args: readonly string[], env: Record<string, string>) {
    const file = fileURLToPath(new URL(program, packaging));
    const child = spawn(process.execPath, [file, ...args], {
      env: { PATH: "/usr/bin:/bin", ...credentials, ...env },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part) => {
        said += String(part);
      });
    }
    const [code] = await once(child, "close");
    return { code, said };
  }

  const arn = "arn:aws:acm:us-east-1:111122223333:certificate/abc";

  /** A key, locked by the passphrase of the request, as ACM exports it. */
  const exported = ({ body }: Asked) => {
    const { Passphrase } = JSON.parse(body) as { Passphrase: string };
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const PrivateKey = privateKey.export({
      ...{ type: "pkcs8", format: "pem", cipher: "aes-256-cbc" },
      passphrase: Buffer.from(Passphrase, "base64").toString("utf8"),
    });
    const answered = { Certificate: "CERTIFICATE\n", CertificateChain: "CHAIN\n", PrivateKey };
    return { status: 200, text: JSON.stringify(answered) };
  };

  it("fetch a gateway's certificate and unlock its key, for its owner's eyes only", async () => {
    answer = exported;
    const run1 = join(dir, "run");
    const { code, said } = await run("configure-main.ts", [run1], {
      AWS_ENDPOINT_URL_ACM: endpoint,
      CASTLE_CERTIFICATE_ARN: arn,
      CASTLE_NODE: "history",
    });
    assert.equal(said, "", "no secret in a log");
    assert.equal(code, 0);
    assert.equal(readFileSync(join(run1, "tls/cert.pem"), "utf8"), "CERTIFICATE\nCHAIN\n");
    createPrivateKey(readFileSync(join(run1, "tls/key.pem")));
    assert.equal(statSync(join(run1, "tls/key.pem")).mode & 0o777, 0o600);
    assert.equal(asked[0]?.headers["x-amz-target"], "CertificateManager.ExportCertificate");
    assert.match(String(asked[0]?.headers.authorization), /\/us-east-1\/acm\/aws4_request/);
  });

  it("ask again where ACM is asked by too many at once", async () => {
    let refusals = 1;
    answer = (request) =>
      refusals-- > 0
        ? { status: 400, text: '{"__type":"ThrottlingException"}' }
        : exported(request);
    const { code } = await run("configure-main.ts", [join(dir, "later")], {
      AWS_ENDPOINT_URL_ACM: endpoint,
      CASTLE_CERTIFICATE_ARN: arn,
      CASTLE_NODE: "history",
    });
    assert.equal(code, 0);
    assert.lengthOf(asked, 2);
  });

  it("end with one line where the role may not have the certificate", async () => {
    answer = () => ({ status: 400, text: '{"__type":"AccessDeniedException"}' });
    const { code, said } = await run("configure-main.ts", [join(dir, "denied")], {
      AWS_ENDPOINT_URL_ACM: endpoint,
      CASTLE_CERTIFICATE_ARN: arn,
      CASTLE_NODE: "history",
    });
    assert.equal(code, 2);
    assert.match(said, /^error: acm .*AccessDeniedException.*\(AWS_CALL_FAILED\)\n$/);
    assert.lengthOf(asked, 1);
  });

  it("keep a probe's report under its zone and time", async () => {
    answer = () => ({ status: 200, text: "" });
    const file = join(dir, "report.json");
    writeFileSync(file, '{"verdict":"held"}');
    const { code, said } = await run("keep-report-main.ts", [file], {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: "us-east-1",
      CASTLE_REPORT_BUCKET: "archive",
      CASTLE_REPORT_PREFIX: "experiments/probe",
      CASTLE_ZONE: "b",
    });
    assert.equal(code, 0, said);
    const [put] = asked;
    assert.match(String(put?.url), /^\/archive\/experiments\/probe\/zone-b\/2\d{3}-.*Z\.json$/);
    assert.equal(`${put?.method} ${put?.body}`, 'PUT {"verdict":"held"}');
    assert.match(String(put?.headers.authorization), /\/us-east-1\/s3\/aws4_request/);
    assert.isString(put?.headers["x-amz-content-sha256"]);
  });
});
