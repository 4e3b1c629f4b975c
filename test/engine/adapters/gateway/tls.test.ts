import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  checkCertificate,
  type TlsFiles,
} from "../../../../engine/adapters/gateway/certificate.ts";
import { exchangeSchema } from "../../../../engine/config.ts";
import { startHarness, testConfig } from "./harness.ts";
import { SocketClient } from "./socket-client.ts";

describe("Gateway with TLS", function () {
  // A program of its own makes each certificate.
  this.timeout(10_000);
  let folder: string;

  /** `undefined` where this machine has no openssl to make one with. */
  function makeCertificate(name: string): TlsFiles | undefined {
    const keyFile = join(folder, `${name}-key.pem`);
    const certFile = join(folder, `${name}-cert.pem`);
    const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes"];
    const files = ["-keyout", keyFile, "-out", certFile];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    try {
      execFileSync("openssl", ["req", "-x509", ...kind, ...subject, ...files], { stdio: "ignore" });
      return { keyFile, certFile };
    } catch {
      return undefined;
    }
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "castle-tls-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("serves REST and WebSockets with the certificate that it is given", async function () {
    const tls = makeCertificate("own");
    if (tls === undefined) return this.skip();
    const harness = await startHarness({ tls });
    const status = await new Promise((resolve, reject) => {
      const options = { rejectUnauthorized: false };
      const call = request(`${harness.url}/api/v3/ping`, options, (reply) => {
        reply.resume();
        resolve(reply.statusCode);
      });
      call.on("error", reject);
      call.end();
    });
    expect(status).to.equal(200);
    const client = await SocketClient.open(`${harness.wsUrl}/ws-api/v3`);
    expect((await client.request("ping")).status).to.equal(200);
    client.close();
    await harness.close();
  });

  it("knows when its certificate expires", function () {
    const tls = makeCertificate("own");
    if (tls === undefined) return this.skip();
    const leftMs = checkCertificate(tls) - Date.now();
    expect(leftMs).to.be.within(23 * 3_600_000, 24 * 3_600_000);
  });

  it("refuses files that are no certificate and its key", function () {
    const [own, other] = [makeCertificate("own"), makeCertificate("other")];
    if (own === undefined || other === undefined) return this.skip();
    const empty = join(folder, "empty.pem");
    writeFileSync(empty, "");
    for (const files of [
      { certFile: own.certFile, keyFile: other.keyFile },
      { certFile: empty, keyFile: own.keyFile },
      { certFile: own.certFile, keyFile: join(folder, "missing.pem") },
    ]) {
      expect(() => checkCertificate(files))
        .to.throw()
        .with.property("code", "CONFIG_INVALID");
    }
  });

  it("is a part of the configuration", () => {
    const config = testConfig();
    const tls = { certFile: "cert.pem", keyFile: "key.pem" };
    const [gateway] = config.gateways;
    const parsed = exchangeSchema.parse({ ...config, gateways: [{ ...gateway, tls }] });
    expect(parsed.gateways[0]?.tls).to.deep.equal(tls);
    const half = { ...config, gateways: [{ ...gateway, tls: { certFile: "cert.pem" } }] };
    expect(exchangeSchema.safeParse(half).success).to.equal(false);
  });
});
