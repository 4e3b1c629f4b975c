// The table of planted bugs: what each breaks, how many seeds the simulator needed to find it, and
// what it saw. Printed as markdown, for docs/simulation.md.

import { readFileSync } from "node:fs";
import { plantedBugs } from "./planted-bugs.ts";
import { runSeeds } from "./run-seeds.ts";

export interface BugFound {
  readonly bug: string;
  /** The first seed that finds it, from 1 on; `null` = none did. */
  readonly seed: number | null;
  readonly failure: string;
}

export async function findBugs(
  seedsMax: number,
  jobs: number,
  onFound: (found: BugFound) => void,
): Promise<BugFound[]> {
  const result: BugFound[] = [];
  for (const bug of Object.keys(plantedBugs)) {
    const range = { firstSeed: 1, count: seedsMax, jobs, shareMax: 10, failuresMax: 1 };
    const { failures } = await runSeeds({ ...range, bug });
    const [first] = failures;
    const found = { bug, seed: first?.seed ?? null, failure: first?.failure ?? "not found" };
    onFound(found);
    result.push(found);
  }
  return result;
}

export function bugTable(found: readonly BugFound[]): string {
  const rows = found.map(({ bug, seed, failure }) => {
    return `| \`${bug}\` | ${descriptionOf(bug)} | ${seed ?? "none"} | ${failure.replace("|", "\\|")} |`;
  });
  const seeds = found.map(({ seed }) => seed ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const median = seeds[Math.floor(seeds.length / 2)];
  return [
    `${found.length} bugs; the median needed ${median} seeds, the rarest ${seeds.at(-1)}.`,
    "",
    "| bug | what is wrong | seeds | what was seen |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** The comment that its file opens with. */
function descriptionOf(bug: string): string {
  const text = readFileSync(new URL(`./bugs/${bug}.ts`, import.meta.url), "utf8");
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines
    .slice(0, end)
    .map((line) => line.slice(3))
    .join(" ");
}
