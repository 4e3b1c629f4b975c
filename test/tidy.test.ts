// The rules of CONTRIBUTING.md that no other tool checks, held against every file, and each rule
// against an example that breaks it: a rule that cannot fail protects nothing.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { assert } from "chai";
import { floatingPromiseFaults } from "./tidy/floating-promises.ts";
import { importFaults } from "./tidy/import-table.ts";
import { impurities, isDeterministic } from "./tidy/purity.ts";
import {
  citationFaults,
  errorCodesOf,
  errorPageFaults,
  leftoverFaults,
  linkFaults,
  lockFaults,
  nameFaults,
  sizeFaults,
  surfaceFaults,
} from "./tidy/rules.ts";
import { filesEnding, root } from "./tidy/source-tree.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** A folder counts as an empty page: it may be linked to and has no headings. */
function readIfThere(path: string): string | undefined {
  const full = join(root, path);
  if (!existsSync(full)) return undefined;
  return statSync(full).isDirectory() ? "" : readFileSync(full, "utf8");
}

const none = (faults: readonly string[]): void => assert.deepEqual(faults, []);

describe("Tidy: the repository", function () {
  // Reads and parses every file; the promises need the compiler's types.
  this.timeout(60_000);
  const sources = filesEnding(".ts");
  const pages = filesEnding(".md");

  it("imports only what the import table allows", () =>
    none(sources.flatMap(({ path, text }) => importFaults(path, text))));
  it("keeps time, chance and waiting out of the deterministic part", () =>
    none(
      sources
        .filter(({ path }) => isDeterministic(path))
        .flatMap(({ path, text }) => impurities(path, text)),
    ));
  it("lets no promise float", () => {
    const paths = sources.map(({ path }) => path).filter((path) => !path.startsWith("test/"));
    none(floatingPromiseFaults(paths));
  });
  it("keeps files small", () => none(sources.flatMap(({ path, text }) => sizeFaults(path, text))));
  it("names files by their noun", () => none(sources.flatMap(({ path }) => nameFaults(path))));
  it("gives every top-level folder one surface", () =>
    none(surfaceFaults(sources.map(({ path }) => path))));
  it("leaves nothing behind for later", () =>
    none(sources.flatMap(({ path, text }) => leftoverFaults(path, text))));
  it("links only to what exists", () =>
    none(pages.flatMap(({ path, text }) => linkFaults(path, text, readIfThere))));
  it("names only pages that exist in comments", () => {
    const isThere = (page: string) => existsSync(join(root, page));
    none(sources.flatMap(({ path, text }) => citationFaults(path, text, isThere)));
  });
  it("documents every error code, and no other", () => {
    const tables = sources.filter(({ path }) => !path.startsWith("test/")).map(({ text }) => text);
    const codes = [...tables, read("castle")].flatMap(errorCodesOf);
    none(errorPageFaults(codes, read("docs/errors.md")));
  });
  it("installs from any registry", () => none(lockFaults(read("package-lock.json"))));
});

describe("Tidy: each rule fails on a bad example", () => {
  const importTable: readonly [file: string, text: string, faults: number][] = [
    ["engine/core/core.ts", 'import { Book } from "../book/book.ts";', 0],
    ["engine/book/book.ts", 'import { Core } from "../core/core.ts";', 1],
    ["engine/core/core.ts", 'import type { Log } from "../replication/log.ts";', 1],
    ["engine/core/core.ts", 'export { pino } from "pino";', 1],
    ["engine/replication/log.ts", 'import { open } from "node:fs";', 1],
    ["engine/adapters/disk.ts", 'import { open } from "node:fs";\nimport "../errors.ts";', 0],
    ["engine/config.ts", 'import "./replication/state.ts";', 0],
    ["failover/cli.ts", 'import { Core } from "../engine/core/core.ts";', 1],
    ["failover/cli.ts", 'import { Core } from "../engine/index.ts";', 0],
    ["failover/decide/decide.ts", 'import { Core } from "../../engine/index.ts";', 1],
    ["chaos/run.ts", 'const engine = await import("../engine/index.ts");', 1],
    ["client/client.ts", 'import { sleep } from "../flow/index.ts";', 1],
    ["flow/flow.ts", 'import { Client } from "../client/index.ts";', 1],
    ["test/core.test.ts", 'import { Core } from "../engine/core/core.ts";', 0],
    ["elsewhere/file.ts", "", 1],
  ];
  for (const [file, text, faults] of importTable) {
    it(`${faults === 0 ? "allows" : "refuses"} in ${file}: ${text.split("\n")[0]}`, () =>
      assert.lengthOf(importFaults(file, text), faults));
  }

  const impure: readonly [text: string, faults: number][] = [
    ["export const nowMs = Date.now();", 1],
    ["const chance = Math.random();", 1],
    ["const pid = process.pid;", 1],
    ["setTimeout(() => undefined, 1);", 1],
    ["export async function wait() { await later; }", 2],
    ["export function wait(): Promise<void> { return forever; }", 1],
    ["const order = { process: 1 }; order.process = 2;", 0],
    ["// The Date of a process\nconst name = 'Promise';", 0],
    ["const rounded = Math.floor(1.5);", 0],
  ];
  for (const [text, faults] of impure) {
    it(`${faults === 0 ? "allows" : "refuses"} in the core: ${text.split("\n")[0]}`, () =>
      assert.lengthOf(impurities("engine/core/example.ts", text), faults));
  }

  const floating: readonly [statement: string, faults: number][] = [
    ['writeFile("a", "b");', 1],
    ['isLate && writeFile("a", "b");', 1],
    ['writeFile("a", "b").then(report);', 1],
    ['writeFile("a", "b").finally(report);', 1],
    ['await writeFile("a", "b");', 0],
    ['void writeFile("a", "b");', 0],
    ['writeFile("a", "b").catch(report);', 0],
    ['writeFile("a", "b").catch(report).finally(report);', 0],
    ['written = writeFile("a", "b");', 0],
    ["report();", 0],
  ];
  it("refuses promises that nobody holds", function () {
    // Loads the compiler's library.
    this.timeout(20_000);
    const head = `import { writeFile } from "node:fs/promises";
      declare const isLate: boolean;
      declare function report(): void;
      export let written: Promise<void>;`;
    const texts = floating.map(([statement], n) => [`engine/f${n}.ts`, head + statement] as const);
    const faults = floatingPromiseFaults(
      texts.map(([file]) => file),
      new Map(texts),
    );
    floating.forEach(([statement, count], n) => {
      const found = faults.filter((fault) => fault.startsWith(`engine/f${n}.ts:`));
      assert.lengthOf(found, count, statement);
    });
  });

  it("refuses a file that has grown", () => {
    assert.lengthOf(sizeFaults("engine/grown.ts", "\n".repeat(401)), 1);
    assert.lengthOf(sizeFaults("engine/small.ts", "\n".repeat(400)), 0);
  });
  it("refuses names that say nothing, and inner barrels", () => {
    for (const file of ["engine/utils/a.ts", "client/types.ts", "engine/core/index.ts", "a/B.ts"]) {
      assert.lengthOf(nameFaults(file), 1, file);
    }
    none(nameFaults("engine/core/order-table.ts"));
  });
  it("refuses a folder without a surface", () => {
    assert.lengthOf(surfaceFaults(["risk/a.ts", "client/index.ts", "test/a.ts", "castle.ts"]), 1);
  });
  it("refuses work left for later and a test that runs alone", () => {
    assert.lengthOf(leftoverFaults("a.ts", `// ${"TO"}${"DO"}: more`), 1);
    assert.lengthOf(leftoverFaults("a.test.ts", `it.${"only"}("runs alone", () => {});`), 1);
    none(leftoverFaults("a.ts", "const todos = 1;"));
  });
  it("refuses dead links and headings", () => {
    const pageAt = (path: string) => (path === "docs/b.md" ? "# The one heading" : undefined);
    const faults = (text: string) => linkFaults("docs/a.md", text, pageAt);
    none(faults("[b](b.md) [h](b.md#the-one-heading) [web](https://castle.example)"));
    assert.lengthOf(faults("[c](c.md)"), 1);
    assert.lengthOf(faults("[b](b.md#another)"), 1);
    assert.lengthOf(faults("[here](#nowhere)"), 1);
  });
  it("refuses comments that name a page which is not there", () => {
    // Put together, or this file would name pages that are not there.
    const page = (name: string) => `docs/${name}.${"md"}`;
    const faults = (text: string) => citationFaults("a.ts", text, (path) => path === page("b"));
    none(faults(`// As ${page("b")} says.\nconst c = "${page("c")}";`));
    assert.lengthOf(faults(`// As ${page("c")} says.\n/** Or ${page("d")}. */`), 2);
  });
  it("refuses an undocumented error code and a stale one", () => {
    const table = 'export type DiskErrorCode =\n  | "DISK_FULL"\n  | "DISK_TORN";';
    assert.deepEqual(errorCodesOf(table), ["DISK_FULL", "DISK_TORN"]);
    assert.deepEqual(errorCodesOf('#!/bin/sh\nfail NO_NODE "install it"'), ["NO_NODE"]);
    none(errorPageFaults(["DISK_FULL"], "| `DISK_FULL` | all is used |"));
    assert.lengthOf(errorPageFaults(["DISK_FULL"], "| `DISK_GONE` | unplugged |"), 2);
  });
  it("refuses a lock file that names a registry", () => {
    assert.lengthOf(lockFaults('"resolved": "https://castle.example/a.tgz"'), 1);
  });
});
