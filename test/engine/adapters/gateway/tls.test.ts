import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startHarness } from "./harness.ts";
import { SocketClient } from "./socket-client.ts";

describe("Gateway with TLS", () => {
  it("serves REST and WebSockets with the certificate that it is given", async function () {
    this.timeout(10_000);
    const folder = mkdtempSync(join(tmpdir(), "castle-tls-"));
    const keyFile = join(folder, "key.pem");
    const certFile = join(folder, "cert.pem");
    const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes"];
    const files = ["-keyout", keyFile, "-out", certFile];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    try {
      execFileSync("openssl", ["req", "-x509", ...kind, ...subject, ...files], { stdio: "ignore" });
    } catch {
      // No openssl on this machine to make a certificate with.
      this.skip();
    }
    const harness = await startHarness({ tls: { keyFile, certFile } });
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
    rmSync(folder, { recursive: true });
  });
});
