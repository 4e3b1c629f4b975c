// The distance between zones, in a process of its own: its waiting must not be the driver's.

import { DelayProxy, type ProxyLink } from "../../failover/local/delay-proxy.ts";

process.once("message", ({ rttMs, links }: { rttMs: number; links: readonly ProxyLink[] }) => {
  const proxy = new DelayProxy(links, { rttMs, isCut: false, isPrecise: true });
  void proxy.listen().then(() => process.send?.("listening"));
});
process.once("disconnect", () => process.exit(0));
