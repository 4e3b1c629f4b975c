// `npm run infra:check`: every stack and every example, a line each with its seconds; exit code 1 where one
// has a fault. The import of the program is timed apart: every command of Pulumi waits for it.

import { exampleNames, stackNames } from "./stack-file.ts";

const secondsSince = (startMs: number) => ((performance.now() - startMs) / 1000).toFixed(1);

const startMs = performance.now();
await import("./index.ts");
process.stdout.write(`program    imported in ${secondsSince(startMs)} s\n`);
const { check } = await import("./check.ts");
let faultCount = 0;
for (const name of [...stackNames(), ...exampleNames()]) {
  const stackMs = performance.now();
  const { resources, faults } = await check(name);
  faultCount += faults.length;
  const took = `${secondsSince(stackMs)} s`;
  process.stdout.write(
    `${name.padEnd(10)} ${resources} resources, ${faults.length} faults, ${took}\n`,
  );
  for (const fault of faults) process.stdout.write(`  ${fault}\n`);
}
process.stdout.write(`${faultCount} faults in ${secondsSince(startMs)} s\n`);
process.exitCode = faultCount === 0 ? 0 : 1;
