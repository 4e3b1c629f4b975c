// `npm run infra:check`: every stack and every example, a line each; exit code 1 where one has a fault.

import { check } from "./check.ts";
import { exampleNames, stackNames } from "./stack-file.ts";

const startMs = performance.now();
let faultCount = 0;
for (const name of [...stackNames(), ...exampleNames()]) {
  const { resources, faults } = await check(name);
  faultCount += faults.length;
  process.stdout.write(`${name.padEnd(10)} ${resources} resources, ${faults.length} faults\n`);
  for (const fault of faults) process.stdout.write(`  ${fault}\n`);
}
const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
process.stdout.write(`${faultCount} faults in ${seconds} s\n`);
process.exitCode = faultCount === 0 ? 0 : 1;
