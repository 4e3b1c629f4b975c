// ClientAddresses: whose request it is, for limits by address. The socket's other end; where that is a balancer of
// ours, the last address in its X-Forwarded-For that is none of ours: each balancer appends whom it heard, so
// what stands further to the left is the client's own word and is not believed.

import type { HttpRequest, HttpResponse } from "uWebSockets.js";
import { BlockList, isIP } from "node:net";

export class ClientAddresses {
  readonly #trusted = new BlockList();
  readonly #hasProxies: boolean;

  /** @param proxyCidrs networks of balancers that end HTTP before this gateway; of nobody else */
  constructor(proxyCidrs: readonly string[]) {
    this.#hasProxies = proxyCidrs.length > 0;
    for (const cidr of proxyCidrs) {
      const [network = "", bits = ""] = cidr.split("/");
      this.#trusted.addSubnet(network, Number(bits), familyOf(network));
    }
  }

  of(response: HttpResponse, request: HttpRequest): string {
    const peer = Buffer.from(response.getRemoteAddressAsText()).toString("latin1");
    return this.#hasProxies ? this.behind(peer, request.getHeader("x-forwarded-for")) : peer;
  }

  /** @param forwardedFor the header's text; empty where there is none */
  behind(peer: string, forwardedFor: string): string {
    let known = peer;
    const hops = forwardedFor.split(",").map((hop) => hop.trim());
    for (let at = hops.length - 1; at >= 0 && this.#isOurs(known); at--) {
      const hop = hops[at] ?? "";
      // No address: whoever passed it on answers for it.
      if (isIP(hop) === 0) return known;
      known = hop;
    }
    return known;
  }

  #isOurs(address: string): boolean {
    return this.#trusted.check(address, familyOf(address));
  }
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
