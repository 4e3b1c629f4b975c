// The border between two regions as a process: TCP proxies with the distance between them. Its plan is
// its argument (JSON); what it is told comes as lines on its standard input: cut, heal, or rtt MS.
// It ends with its input.

import { createInterface } from "node:readline";
import { z } from "zod";
import { DelayProxy } from "./delay-proxy.ts";

const port = z.int().min(1).max(65535);
const planSchema = z.strictObject({
  rttMs: z.number().min(0),
  isPrecise: z.boolean(),
  links: z.array(
    z.strictObject({
      host: z.string(),
      port,
      target: z.strictObject({ host: z.string(), port }),
    }),
  ),
});

const plan = planSchema.parse(JSON.parse(process.argv[2] ?? ""));
const { rttMs, isPrecise } = plan;
const proxy = new DelayProxy(plan.links, { rttMs, isPrecise, isCut: false });
await proxy.listen();
const say = (word: string) => process.stdout.write(`${word}\n`);
say("listening");
for await (const line of createInterface({ input: process.stdin })) {
  const [word, value] = line.split(" ");
  if (word === "cut") proxy.cut();
  else if (word === "heal") proxy.heal();
  else if (word === "rtt") proxy.distance.rttMs = z.coerce.number().min(0).parse(value);
  say(line);
}
process.exit(0);
