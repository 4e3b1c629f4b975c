// The certificate for which a gateway ends TLS, and its key, from ACM. The key comes under a passphrase of
// this start alone and is unlocked in memory. A renewed one is fetched when the gateway is started again.

import { createPrivateKey, randomBytes } from "node:crypto";
import { InfraError } from "../errors.ts";
import { signedCall } from "./signed-call.ts";

interface Exported {
  readonly Certificate?: string;
  readonly CertificateChain?: string;
  readonly PrivateKey?: string;
}

/** @throws InfraError AWS_CALL_FAILED, SECRET_MISSING where the answer holds no key */
export async function gatewayCertificate(
  arn: string,
  endpoint: string | undefined,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const region = arn.split(":")[3] ?? "";
  const passphrase = randomBytes(32).toString("base64url");
  const text = await signedCall({
    ...{ service: "acm", region, method: "POST" },
    url: new URL(endpoint ?? `https://acm.${region}.amazonaws.com/`),
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "CertificateManager.ExportCertificate",
    },
    body: JSON.stringify({
      CertificateArn: arn,
      Passphrase: Buffer.from(passphrase).toString("base64"),
    }),
  });
  const { Certificate, CertificateChain = "", PrivateKey }: Exported = JSON.parse(text);
  if (Certificate === undefined || PrivateKey === undefined) {
    throw new InfraError("SECRET_MISSING", `ACM gave no certificate with a key for ${arn}`);
  }
  const key = createPrivateKey({ key: PrivateKey, passphrase });
  return {
    certificate: `${Certificate.trim()}\n${CertificateChain}`,
    key: String(key.export({ type: "pkcs8", format: "pem" })),
  };
}
