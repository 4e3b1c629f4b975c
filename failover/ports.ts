// What operations act through: the engines and followers of each region, the register, traffic, database. An
// interface, so that every plan is also run against a world in memory. A node that does not answer is
// a value, never an exception: to know that somebody is unreachable is an observation.

import type { AdminAnswer, AdminVerb, EngineStatus, FollowerStatus } from "../engine/index.ts";
import type { GlobalDatabase } from "./database.ts";
import type { Member, MembershipRegister } from "./membership.ts";
import type { Register } from "./register.ts";
import type { JournalStore } from "./store.ts";
import type { TrafficRouter, ZoneTraffic } from "./traffic.ts";

export type Answer<T> =
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "unreachable"; readonly problem: string };

export type AdminResult =
  | { readonly kind: "done"; readonly answer: AdminAnswer }
  /** It answered, and will not: `code` is stable. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "unreachable"; readonly problem: string };

export interface EnginePort {
  readonly name: string;
  readonly zone: string;
  status(signal: AbortSignal): Promise<Answer<EngineStatus>>;
  /** Asks until it answers or `signal` ends: every verb may be repeated. */
  ask(verb: AdminVerb, body: object, signal: AbortSignal): Promise<AdminResult>;
}

export interface FollowerPort {
  readonly name: string;
  readonly zone: string;
  readonly kind: "gateway" | "history";
  status(signal: AbortSignal): Promise<Answer<FollowerStatus>>;
  /** Of a gateway: serves orders, and its region is the active one. */
  isPrimary(signal: AbortSignal): Promise<boolean>;
}

export interface RegionPorts {
  readonly name: string;
  /** Names of what is traded there. */
  readonly symbols: readonly string[];
  readonly engines: readonly EnginePort[];
  readonly followers: readonly FollowerPort[];
  /** Who is configured, as the register writes it down. */
  readonly seats: readonly Omit<Member, "incarnation">[];
  /** Absent where the deployment names none. */
  readonly zoneTraffic?: ZoneTraffic | undefined;
  /** The managed Redis; absent where a Redis is a process like others. */
  readonly store?: JournalStore | undefined;
}

/** Processes that a local supervisor runs. */
export interface Processes {
  stop(name: string): Promise<void>;
  start(name: string): Promise<void>;
  isRunning(name: string): Promise<boolean>;
  /** Moves the directory of a stopped process away. Returns where to. */
  archive(name: string, label: string): Promise<string>;
  isArchived(name: string, label: string): Promise<boolean>;
  /** Makes an empty directory the disk of this incarnation of an engine. */
  seat(name: string, incarnation: number): Promise<void>;
  isSeated(name: string, incarnation: number): Promise<boolean>;
}

export interface Ports {
  readonly shard: string;
  readonly regions: readonly RegionPorts[];
  /** Absent in a deployment of one region. */
  readonly register: Register | undefined;
  /** Of the same store: who the members of each region are. Absent where there is no register. */
  readonly membership: MembershipRegister | undefined;
  readonly traffic: readonly TrafficRouter[];
  readonly database: GlobalDatabase | undefined;
  /** Of a local exchange only. */
  readonly processes: Processes | undefined;
  /** Between two looks at something that takes its time. Rejects when the signal ends. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}
