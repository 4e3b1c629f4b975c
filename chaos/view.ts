// Shows a run on a terminal or in a log. Plain: one line an event, one a second for the figures.
// Live: events scroll, the figures stay below them and are drawn over (ANSI: cursor up, clear).

import type { DrillEvent } from "./drill-report.ts";
import type { LoadProgress } from "./load/load-protocol.ts";

export interface View {
  /** Before and after the run: what is being done. */
  note(text: string): void;
  event(afterMs: number, source: DrillEvent["source"], text: string): void;
  progress(afterMs: number, progress: LoadProgress): void;
  roles(text: string): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

/** Only what is said about the run as a whole. */
export function quiet(view: View): View {
  const nothing = () => {};
  return { note: view.note, end: view.end, event: nothing, progress: nothing, roles: nothing };
}

type Write = (text: string) => void;

const PLAIN_EVERY_MS = 1000;
const BAR_COLUMNS = 40;

const stamp = (ms: number): string => `${(ms / 1000).toFixed(3).padStart(8)} s`;

export function plainView(write: Write): View {
  let shownMs = Number.NEGATIVE_INFINITY;
  let shownCount = 0;
  let roles = "";
  return {
    note: (text) => write(`castle: ${text}\n`),
    event: (afterMs, source, text) => write(`${stamp(afterMs)}  ${source.padEnd(10)} ${text}\n`),
    progress: (afterMs, progress) => {
      if (afterMs - shownMs < PLAIN_EVERY_MS) return;
      // Between two lines, not between two reports: bursts would fill the log with wild rates.
      const settled = progress.accepted + progress.rejected + progress.unknown;
      const ackPerS = ((settled - shownCount) * 1000) / (afterMs - shownMs);
      [shownMs, shownCount] = [afterMs, settled];
      const text = figures({ ...progress, ackPerS });
      write(`${stamp(afterMs)}  ${"load".padEnd(10)} ${text}${roles && ` | ${roles}`}\n`);
    },
    roles: (text) => {
      roles = text;
    },
    end: () => {},
  };
}

/** @param columns of the terminal, asked anew each time: windows are resized. */
export function liveView(write: Write, columns: () => number): View {
  let drawn = 0;
  let roles = "";
  let last: { afterMs: number; progress: LoadProgress } | undefined;
  let peakPerS = 1;

  const erase = () => {
    if (drawn > 0) write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = () => {
    if (last === undefined) return;
    const { afterMs, progress } = last;
    peakPerS = Math.max(peakPerS, progress.ackPerS);
    const filled = Math.round((BAR_COLUMNS * progress.ackPerS) / peakPerS);
    const bar = `${"█".repeat(filled)}${"░".repeat(BAR_COLUMNS - filled)}`;
    const lines = [
      "",
      `${stamp(afterMs)}  ${bar} ${Math.round(progress.ackPerS).toLocaleString("en")} acknowledged/s`,
      `            ${figures(progress)}`,
      `            ${roles}`,
    ].map((line) => [...line].slice(0, Math.max(20, columns() - 1)).join(""));
    write(`${lines.join("\n")}\n`);
    drawn = lines.length;
  };
  const above = (text: string) => {
    erase();
    write(text);
    draw();
  };
  return {
    note: (text) => above(`castle: ${text}\n`),
    event: (afterMs, source, text) =>
      above(`${stamp(afterMs)}  ${colored(source, source.padEnd(10))} ${text}\n`),
    progress: (afterMs, progress) => {
      last = { afterMs, progress };
      above("");
    },
    roles: (text) => {
      roles = text;
    },
    end: () => {
      erase();
      last = undefined;
    },
  };
}

const COLORS: Readonly<Record<DrillEvent["source"], number>> = {
  drill: 31,
  engine: 36,
  clients: 33,
  supervisor: 35,
};

function colored(source: DrillEvent["source"], text: string): string {
  return `\u001b[${COLORS[source]}m${text}\u001b[0m`;
}

function figures(progress: LoadProgress): string {
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  return (
    `${whole(progress.ackPerS)} ack/s, p50 ${progress.latencyMsP50.toFixed(1)} ms, ` +
    `p99 ${progress.latencyMsP99.toFixed(1)} ms, ${whole(progress.accepted)} accepted, ` +
    `${whole(progress.rejected)} refused, ${whole(progress.retried)} sent again, ` +
    `${whole(progress.pending)} waiting`
  );
}
