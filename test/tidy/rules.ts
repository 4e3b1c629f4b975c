// The smaller rules of CONTRIBUTING.md. Each takes text and gives one sentence a fault, so that
// each can be shown to fail on a bad example.

import { posix } from "node:path";

/** STYLE aims at 150 lines and asks questions at 300; this is where the build stops. */
const linesMax = 400;

export function sizeFaults(file: string, text: string): string[] {
  const lines = text.split("\n").length - 1;
  return lines > linesMax ? [`${file}: ${lines} lines; which noun is hiding in it?`] : [];
}

/** Names that say nothing of what is inside, and barrels below the top level. */
export function nameFaults(file: string): string[] {
  const faults: string[] = [];
  if (/(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)|(^|\/)types\.ts$/.test(file)) {
    faults.push(`${file}: name the noun`);
  }
  if (/^[^/]+\/.+\/index\.ts$/.test(file)) faults.push(`${file}: a barrel below the top level`);
  if (!/^([a-z0-9.-]+\/)*[a-z0-9.-]+$/.test(file)) faults.push(`${file}: not kebab-case`);
  return faults;
}

/** Top-level folders without a public surface, and why they need none. */
const withoutSurface: Readonly<Record<string, string>> = {
  chaos: "a program: castle.ts loads its commands, nobody else imports it",
  flow: "formats and generators, each used by itself",
  test: "imports everything and is imported by nobody",
  bench: "programs that are run, not imported",
};

export function surfaceFaults(files: readonly string[]): string[] {
  const folders = new Set(
    files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]),
  );
  return [...folders].flatMap((folder) =>
    folder === undefined || folder in withoutSurface || files.includes(`${folder}/index.ts`)
      ? []
      : [`${folder}/: no index.ts, its public surface`],
  );
}

// Put together from halves, so that this file does not break its own rule.
const leftBehind = [
  ["TO", "DO"],
  ["FIX", "ME"],
  ["X", "XX"],
].map((halves) => halves.join(""));

export function leftoverFaults(file: string, text: string): string[] {
  const found = leftBehind.filter((word) => new RegExp(`\\b${word}\\b`).test(text));
  if (/\b(describe|it)\.only\(/.test(text)) found.push("only");
  return found.map((word) => `${file}: ${word} left behind`);
}

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1] ?? ""));

/** Links of a Markdown file to files and headings of this repository that are not there. */
export function linkFaults(
  file: string,
  text: string,
  read: (path: string) => string | undefined,
): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => {
    const link = match[1] ?? "";
    if (/^(https?|mailto):/.test(link)) return [];
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? file : posix.join(posix.dirname(file), path);
    const targetText = target === file ? text : read(target);
    if (targetText === undefined) return [`${file}: dead link to ${link}`];
    return anchor === undefined || anchorsOf(targetText).includes(anchor)
      ? []
      : [`${file}: no heading for ${link}`];
  });
}

/** Pages that a comment names, from the root, and that are not there: a reader must find them. */
export function citationFaults(
  file: string,
  text: string,
  isThere: (path: string) => boolean,
): string[] {
  const comments = text.match(/\/\/.*$|\/\*[\s\S]*?\*\//gm) ?? [];
  const pages = comments.flatMap((comment) => comment.match(/[\w./-]+\.md\b/g) ?? []);
  return [...new Set(pages)]
    .filter((page) => !isThere(page))
    .map((page) => `${file}: a comment names ${page}, which is not there`);
}

/** Operating errors of a program: the union `...ErrorCode` of its table, or the launcher's `fail`. */
export function errorCodesOf(text: string): string[] {
  const unions = [...text.matchAll(/export type \w*ErrorCode =([^;]*);/g)].map((found) => found[1]);
  const members = [...unions.join("").matchAll(/"([A-Z_]+)"/g)];
  const launcher = text.startsWith("#!") ? [...text.matchAll(/\bfail ([A-Z_]+) "/g)] : [];
  return [...members, ...launcher].map((found) => found[1] ?? "");
}

/** Error codes that the page lacks, and those of the page that no longer exist. */
export function errorPageFaults(codes: readonly string[], page: string): string[] {
  const documented = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((found) => found[1] ?? "");
  return [
    ...codes.filter((code) => !documented.includes(code)).map((code) => `${code}: not on the page`),
    ...documented.filter((code) => !codes.includes(code)).map((code) => `${code}: no such code`),
  ];
}

/** The lock file must work with any registry: it names none. */
export function lockFaults(lock: string): string[] {
  return [...lock.matchAll(/"resolved": "([^"]*)"/g)].map((match) => `resolved from ${match[1]}`);
}
