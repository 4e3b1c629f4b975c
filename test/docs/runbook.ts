// Runbook: a page of docs/runbooks as steps that a machine can follow. Pure. Commands are the `sh` blocks, what
// they must print is the `text` block after them, and what happens meanwhile (a zone is lost) is a comment
// that readers do not see: <!-- test: lose zone a -->.

export interface Command {
  readonly kind: "command";
  readonly line: number;
  /** As an operator types it. */
  readonly text: string;
  /** Lines in this order, others between them; `…` stands for anything. Empty: nothing is expected. */
  readonly expected: readonly string[];
  readonly exitCode: number;
  /** In a terminal of its own, where it goes on running. */
  readonly isBackground: boolean;
}

interface Happening {
  readonly kind: "happening";
  readonly line: number;
  readonly what: string;
}

export type Step = Command | Happening;

export interface Runbook {
  readonly title: string;
  readonly headings: readonly string[];
  /** Names of alerts under "Trigger". */
  readonly alerts: readonly string[];
  readonly steps: readonly Step[];
  /** Commands in the prose: `castle …`. */
  readonly mentions: readonly Mention[];
}

export interface Mention {
  readonly line: number;
  /** On one line. */
  readonly text: string;
}

interface Block {
  readonly language: string;
  readonly line: number;
  readonly lines: readonly string[];
}

/** @throws Error naming the line of what a machine cannot follow. */
export function readRunbook(page: string): Runbook {
  const lines = page.split("\n");
  const steps: Step[] = [];
  const headings: string[] = [];
  const alerts: string[] = [];
  let open: Block[] = [];
  const close = () => {
    steps.push(...commandsOf(open));
    open = [];
  };
  for (let n = 0; n < lines.length; n += 1) {
    const text = lines[n] ?? "";
    const happening = /^<!-- test: (.*) -->$/.exec(text)?.[1];
    if (happening !== undefined) {
      close();
      steps.push({ kind: "happening", line: n + 1, what: happening });
    }
    const heading = /^## (.*)$/.exec(text)?.[1];
    if (heading !== undefined) headings.push(heading);
    if (headings.at(-1) === "Trigger") {
      alerts.push(...[...text.matchAll(/`(Castle\w+)`/g)].map(([, name = ""]) => name));
    }
    const fence = /^```(.*)$/.exec(text)?.[1];
    if (fence === undefined) continue;
    const end = lines.indexOf("```", n + 1);
    if (end < 0) throw new Error(`line ${n + 1}: a block without an end`);
    if (!fence.startsWith("text")) close();
    open.push({ language: fence, line: n + 2, lines: lines.slice(n + 1, end) });
    n = end;
  }
  close();
  const title = lines[0]?.replace(/^# /, "") ?? "";
  return { title, headings, alerts, steps, mentions: mentionsIn(page) };
}

function mentionsIn(page: string): Mention[] {
  // Blocks as empty lines, so that lines keep their numbers.
  const prose = page.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ""));
  return [...prose.matchAll(/`(castle\s[^`]+)`/g)].map(({ index, 1: text = "" }) => ({
    line: prose.slice(0, index).split("\n").length,
    text: text.replace(/\s+/g, " "),
  }));
}

/** Whether a typed line has every word of a mention, in order; `…` and a word such as ID stand for any. */
export function isTypedBy(mention: string, line: string): boolean {
  const typed = line.split(/\s+/);
  let from = 0;
  return mention.split(" ").every((word, index) => {
    const isAny = word === "…" || /^[A-Z]+$/.test(word);
    const found = isAny ? from : typed.indexOf(word, from);
    // `castle` and its verb stand at the beginning.
    const isThere = index < 2 ? found === index : found >= from && found < typed.length;
    from = found + 1;
    return isThere;
  });
}

/** A block of commands and, where there is one, what the last of them prints. */
function commandsOf(blocks: readonly Block[]): Command[] {
  const [commands, output, ...rest] = blocks;
  if (commands === undefined || !commands.language.startsWith("sh")) return [];
  if (rest.length > 0) throw new Error(`line ${rest[0]?.line}: a second output of one command`);
  const isBackground = commands.language === "sh terminal";
  const exit = /^text exit (\d+)$/.exec(output?.language ?? "")?.[1];
  const texts = commands.lines
    .map((text, index) => ({ text: text.trim(), line: commands.line + index }))
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
  return texts.map(({ text, line }, index) => {
    const isLast = index === texts.length - 1;
    return {
      ...{ kind: "command", line, text, isBackground },
      expected: isLast ? (output?.lines ?? []) : [],
      exitCode: isLast ? Number(exit ?? 0) : 0,
    };
  });
}

/** The first expected line that is missing, in order; `undefined`: all are there. */
export function missingLine(expected: readonly string[], printed: string): string | undefined {
  const lines = printed.split("\n").map(squeezed);
  let from = 0;
  for (const wanted of expected) {
    const pattern = patternOf(squeezed(wanted));
    const found = lines.findIndex((line, index) => index >= from && pattern.test(line));
    if (found < 0) return wanted;
    from = found + 1;
  }
  return undefined;
}

/** Columns are as wide as what else is in them. */
const squeezed = (line: string): string => line.trim().replace(/ +/g, " ");

function patternOf(wanted: string): RegExp {
  const literal = wanted.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`);
}
