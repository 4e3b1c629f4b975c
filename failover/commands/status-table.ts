// The tables of `castle status`, and the last switches. Pure: a status comes in, text goes out.

import type { EngineStatus, FollowerStatus } from "../../engine/index.ts";
import type { ExchangeStatus, NodeStatus, ProcessStatus } from "../local/exchange-status.ts";
import { lagBehind } from "../region-lag.ts";

const columns = [
  "node",
  "zone",
  "role",
  "serving",
  "epoch",
  "term",
  "appended",
  "committed",
  "applied",
  "lag",
  "in sync",
  "state",
  "hash",
  "pid",
  "restarts",
] as const;

type Row = Readonly<Partial<Record<(typeof columns)[number], string>>>;

/** Enough to see the last failover and what was before it. */
const switchesShown = 5;
const switchCodes: ReadonlySet<string> = new Set(["SERVING", "DEPOSED", "REGION_OPENED"]);

export function statusTable(status: ExchangeStatus): string {
  const zones =
    status.isolatedZones.length === 0 ? "" : `, isolated: ${status.isolatedZones.join(" ")}`;
  const reason = status.substrateReason === undefined ? "" : ` (${status.substrateReason})`;
  const title = `${status.isServing ? "serving" : "NOT serving"}, zones: ${status.substrate}${reason}${zones}`;
  return `${title}\n${nodeTable(status.nodes, status.processes)}${switchesText(status.nodes)}`;
}

export function nodeTable(
  nodes: readonly NodeStatus[],
  processes: readonly ProcessStatus[],
): string {
  const rows = [
    ...nodes.map((node) => rowOf(node, committedMax(nodes))),
    ...processes
      .filter(({ name }) => !nodes.some((node) => node.name === name))
      .map(({ name, zone }) => ({ node: name, zone })),
  ].map((row) => withProcess(row, processes));
  return layOut(rows);
}

/** Who began or ended to serve lately, newest last. */
export function switchesText(nodes: readonly NodeStatus[]): string {
  const switches = nodes
    .flatMap(({ status }) => (status?.kind === "engine" ? status.decisions : []))
    .filter(({ code }) => switchCodes.has(code))
    .sort((left, right) => left.atMs - right.atMs)
    .slice(-switchesShown);
  return switches
    .map(
      ({ atMs, node, code, epoch }) =>
        `${new Date(atMs).toISOString()}  ${node} ${code} in epoch ${epoch}\n`,
    )
    .join("");
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
    ...(status.region !== undefined && { term: String(status.region.term) }),
    state: stateOf(status),
    appended: String(appended),
    committed: String(own),
    applied: String(applied),
    lag: lagOf(status, Math.max(0, committed - own)),
    "in sync": status.inSync.join(" "),
  };
}

/** Of an engine that follows another region: entries and milliseconds behind that one. */
function lagOf(status: EngineStatus, behind: number): string {
  if (status.role !== "dr" || status.region === undefined) return String(behind);
  const lag = lagBehind([status]);
  return lag === null ? "?" : `${lag.entries}, ${Math.round(lag.ms)} ms`;
}

/** What operators did to it, and what they must look at. */
function stateOf({ isPaused, isFenced, region }: EngineStatus): string {
  const words = [
    isPaused ? "paused" : "",
    isFenced ? "FENCED" : "",
    region?.isDiverged === true ? "DIVERGED" : "",
  ];
  return words.filter(Boolean).join(" ");
}

function followerCells(status: FollowerStatus): Row {
  return { role: status.kind, applied: String(status.position), lag: String(status.lagEntries) };
}

/** How far the exchange is: the highest position that any engine knows to be committed. */
function committedMax(nodes: readonly NodeStatus[]): number {
  return nodes.reduce(
    (max, { status }) =>
      status?.kind === "engine" ? Math.max(max, status.position.committed) : max,
    0,
  );
}

function withProcess(row: Row, processes: readonly ProcessStatus[]): Row {
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
