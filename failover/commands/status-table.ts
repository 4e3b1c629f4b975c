// The table of `castle status`. Pure: a status comes in, text goes out.

import type { EngineStatus, FollowerStatus } from "../../engine/index.ts";
import type { ExchangeStatus, NodeStatus } from "../local/exchange-status.ts";

const columns = [
  "node",
  "zone",
  "role",
  "serving",
  "epoch",
  "appended",
  "committed",
  "applied",
  "lag",
  "in sync",
  "hash",
  "pid",
  "restarts",
] as const;

type Row = Readonly<Partial<Record<(typeof columns)[number], string>>>;

export function statusTable(status: ExchangeStatus): string {
  const rows = [
    ...status.nodes.map((node) => rowOf(node, committedMax(status))),
    ...status.processes
      .filter(({ name }) => !status.nodes.some((node) => node.name === name))
      .map(({ name, zone }) => ({ node: name, zone })),
  ].map((row) => withProcess(row, status));
  const zones =
    status.isolatedZones.length === 0 ? "" : `, isolated: ${status.isolatedZones.join(" ")}`;
  const reason = status.substrateReason === undefined ? "" : ` (${status.substrateReason})`;
  const title = `${status.isServing ? "serving" : "NOT serving"}, zones: ${status.substrate}${reason}${zones}`;
  return `${title}\n${layOut(rows)}`;
}

function rowOf(node: NodeStatus, committed: number): Row {
  const { name, zone, status, problem } = node;
  if (status === undefined) return { node: name, zone, role: `unreachable: ${problem}` };
  const shared = {
    node: name,
    zone,
    serving: status.isServing ? "yes" : "no",
    epoch: String(status.epoch),
    hash: status.mark.hash === "" ? "" : `${status.mark.hash.slice(0, 8)}@${status.mark.position}`,
  };
  return status.kind === "engine"
    ? { ...shared, ...engineCells(status, committed) }
    : { ...shared, ...followerCells(status) };
}

function engineCells(status: EngineStatus, committed: number): Row {
  const { appended, committed: own, applied } = status.position;
  return {
    role: status.role,
    appended: String(appended),
    committed: String(own),
    applied: String(applied),
    lag: String(Math.max(0, committed - own)),
    "in sync": status.inSync.join(" "),
  };
}

function followerCells(status: FollowerStatus): Row {
  return { role: status.kind, applied: String(status.position), lag: String(status.lagEntries) };
}

/** How far the exchange is: the highest position that any engine knows to be committed. */
function committedMax({ nodes }: ExchangeStatus): number {
  return nodes.reduce(
    (max, { status }) =>
      status?.kind === "engine" ? Math.max(max, status.position.committed) : max,
    0,
  );
}

function withProcess(row: Row, { processes }: ExchangeStatus): Row {
  const found = processes.find(({ name }) => name === row.node);
  if (found === undefined) return row;
  const pid = found.pid === undefined ? "down" : String(found.pid);
  return { ...row, pid, restarts: String(found.restarts) };
}

function layOut(rows: readonly Row[]): string {
  const head: Row = Object.fromEntries(columns.map((column) => [column, column]));
  const table = [head, ...rows];
  const widthOf = (column: (typeof columns)[number]) =>
    Math.max(...table.map((row) => (row[column] ?? "").length));
  const widths = columns.map(widthOf);
  return table
    .map((row) => columns.map((column, index) => (row[column] ?? "").padEnd(widths[index] ?? 0)))
    .map((cells) => `${cells.join("  ").trimEnd()}\n`)
    .join("");
}
