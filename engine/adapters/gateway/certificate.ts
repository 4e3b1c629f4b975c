// Certificate of a gateway's public port: read and checked before it is used, so that a wrong file is
// an error with a name; when it expires is told in status and metrics, before clients notice.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Gauge, type Registry } from "prom-client";
import { CastleError } from "../../errors.ts";

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * When the certificate expires, in milliseconds since the epoch.
 * @throws CastleError CONFIG_INVALID where the files are not a certificate and its key
 */
export function checkCertificate({ certFile, keyFile }: TlsFiles): number {
  try {
    const certificate = new X509Certificate(readFileSync(certFile));
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile))))
      throw new Error(`${keyFile} is not the key of ${certFile}`);
    return Date.parse(certificate.validTo);
  } catch (cause) {
    const text = `the gateway's certificate cannot be used: ${(cause as Error).message}`;
    throw new CastleError("CONFIG_INVALID", text, { certFile, keyFile }, { cause });
  }
}

export function registerCertificate(registry: Registry, secondsLeft: () => number): void {
  new Gauge({
    name: "castle_gateway_certificate_seconds",
    help: "Time until the certificate of the public port expires; only where it has one.",
    registers: [registry],
    collect() {
      this.set(secondsLeft());
    },
  });
}
