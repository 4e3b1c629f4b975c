// What an engine says of itself under GET /status.

import type { EngineNode } from "../../config.ts";
import { COMMAND_VERSION } from "../../core/command-layout.ts";
import type { Instrument } from "../../core/instrument.ts";
import type { Replica } from "../../replication/replica.ts";
import type { Decision, EngineStatus } from "../../status.ts";
import { castleVersion } from "../../version.ts";

export interface EngineFacts {
  readonly name: string;
  readonly node: EngineNode;
  readonly replica: Replica;
  readonly appliedPosition: number;
  readonly uptimeMs: number;
  readonly instruments: readonly Instrument[];
  readonly decisions: Decision[];
  /** Absent in an exchange of one region. */
  readonly region: EngineStatus["region"];
}

export function engineStatus(facts: EngineFacts): EngineStatus {
  const { name, node, replica, instruments, decisions, region } = facts;
  const { state } = replica;
  return {
    node: name,
    zone: node.zone,
    kind: "engine",
    pid: process.pid,
    uptimeMs: Math.round(facts.uptimeMs),
    role: replica.role === "primary" && !replica.isServing ? "candidate" : replica.role,
    isServing: replica.isServing,
    epoch: state.epoch,
    position: {
      appended: state.log.lastPosition,
      committed: state.committed,
      applied: facts.appliedPosition,
    },
    inSync: replica.inSync(),
    peer: { isConnected: replica.peer.isConnected, position: replica.peerPosition },
    redis: {
      isReachable: state.redis.isReachable,
      instance: state.redis.instance,
      isAgreed: state.redis.isAgreed,
    },
    mark: state.lastMark,
    incarnation: state.incarnation,
    replacedBy: replica.role === "replaced" ? state.control.replacedBy : 0,
    peerMember: { incarnation: state.peerIncarnation, isCommitted: state.areMembersCommitted },
    isPaused: state.control.isPaused,
    isFenced: state.control.isFenced,
    isAlone: state.isAlone,
    version: { castle: castleVersion, commandVersion: COMMAND_VERSION },
    ...(region === undefined ? {} : { region }),
    symbols: instruments.map((symbol) => ({ name: symbol.name, status: symbol.status })),
    decisions,
  };
}
