// What castle reconcile shows: the fork, how many commands differ, what they are worth. Pure.

import type { Difference, DifferenceKind } from "../reconcile/difference.ts";
import type { Reconciliation } from "../reconcile/journals.ts";
import type { Row } from "../reconcile/row.ts";

const shownMax = 20;
const kinds: readonly DifferenceKind[] = ["lost", "divergent", "duplicate"];

export function countsOf(differences: readonly Difference[]): Record<DifferenceKind, number> {
  const countOf = (kind: DifferenceKind) => differences.filter((one) => one.kind === kind).length;
  return {
    lost: countOf("lost"),
    divergent: countOf("divergent"),
    duplicate: countOf("duplicate"),
  };
}

export function summaryOf(found: Reconciliation): object {
  const { oldDir, newDir, fork, differences, atStake } = found;
  const isCertain = differences.filter((one) => one.kind === "lost" && one.isCertain).length;
  return {
    oldDir,
    newDir,
    fork,
    counts: countsOf(differences),
    lostForCertain: isCertain,
    atStake,
  };
}

export function summaryText(found: Reconciliation): string {
  const { oldDir, newDir, fork, differences, atStake } = found;
  const counts = countsOf(differences);
  const meaning: Record<DifferenceKind, string> = {
    lost: "carried out in the old region, not in the new one",
    divergent: "carried out in both, with another outcome",
    duplicate: "sent again to the new region, with the same outcome",
  };
  const lines = [
    `old  ${oldDir}`,
    `new  ${newDir}`,
    fork.oldEpoch === null
      ? `the old journal ends at ${fork.position - 1}; the new one holds all of it`
      : `they part at ${fork.position}: epoch ${fork.oldEpoch} there, ${fork.newEpoch ?? "nothing"} here`,
    "",
    ...kinds.map((kind) => `${String(counts[kind]).padStart(9)}  ${kind}: ${meaning[kind]}`),
  ];
  if (atStake.length > 0) {
    lines.push("", "at stake      traded            resting           paid in           paid out");
    for (const { asset, traded, resting, paidIn, paidOut } of atStake) {
      const cells = [traded, resting, paidIn, paidOut].map((cell) => cell.padEnd(17));
      lines.push(`  ${asset.padEnd(11)} ${cells.join(" ").trimEnd()}`);
    }
  }
  return `${[...lines, ...firstRows(found.rows)].join("\n")}\n`;
}

function firstRows(rows: readonly Row[]): string[] {
  const shown = rows.filter(({ kind }) => kind !== "duplicate");
  if (shown.length === 0) return [];
  const lines = shown.slice(0, shownMax).map((row) => {
    const what = [row.side, row.quantity, row.symbol, row.price === "" ? "" : `at ${row.price}`];
    const of = `account ${row.account ?? "-"} ${row.command} ${what.filter(Boolean).join(" ")}`;
    return `  ${row.kind.padEnd(9)} ${row.id}  ${of} ${row.clientOrderId}: ${row.result}`;
  });
  const rest = shown.length - lines.length;
  return ["", ...lines, ...(rest > 0 ? [`  and ${rest} more: --format csv --out FILE`] : [])];
}
