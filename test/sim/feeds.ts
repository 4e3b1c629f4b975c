// Feeds: what an engine gives its gateways, and takes from them. Committed entries go out while it
// serves; commands come in over connections that keep their order: from the first one that is turned
// away or missing, all later ones of the connection are, so that a session never skips a command.

import type { CoreMachine } from "../../engine/adapters/core-machine.ts";
import type { Replica } from "../../engine/replication/replica.ts";
import type { SimEngine } from "./sim-engine.ts";
import type { World } from "./world.ts";

export interface Submission {
  readonly gateway: string;
  /** Counts the gateway's connections; each starts over from the first unanswered command. */
  readonly connection: number;
  /** Place on the connection, from 0. */
  readonly index: number;
  /** Of the primary that the gateway means. */
  readonly epoch: number;
  readonly command: Uint8Array;
}

interface Connection {
  readonly number: number;
  next: number;
  isBroken: boolean;
}

export class Feeds {
  private readonly engine: SimEngine;
  private readonly replica: Replica;
  private readonly world: World;
  private readonly connections = new Map<string, Connection>();
  /** Position of each gateway, as it last said. */
  private readonly positions = new Map<string, number>();

  constructor(engine: SimEngine, replica: Replica, world: World) {
    this.engine = engine;
    this.replica = replica;
    this.world = world;
  }

  submit(submission: Submission, machine: CoreMachine): void {
    const connection = this.connectionOf(submission);
    if (connection.number !== submission.connection || connection.isBroken) return;
    const isCurrent = this.replica.isServing && this.replica.state.epoch === submission.epoch;
    const isTaken =
      isCurrent &&
      submission.index === connection.next &&
      this.engine.submit(this.replica, machine, submission.command);
    if (isTaken) connection.next++;
    else connection.isBroken = true;
  }

  private connectionOf(submission: Submission): Connection {
    const known = this.connections.get(submission.gateway);
    if (known !== undefined && known.number >= submission.connection) return known;
    const opened = { number: submission.connection, next: 0, isBroken: false };
    this.connections.set(submission.gateway, opened);
    return opened;
  }

  /** A gateway says where it is, and learns who leads. */
  onPoll(gateway: string, position: number): void {
    this.positions.set(gateway, position);
    this.feed(gateway, position);
  }

  push(): void {
    for (const [gateway, position] of this.positions) this.feed(gateway, position);
  }

  private feed(name: string, position: number): void {
    const { replica, engine, world } = this;
    if (!replica.isServing) return;
    const { state } = replica;
    const gateway = world.gateway(name);
    const { epoch, committed, log } = state;
    const isBehind = position < log.base.position;
    const snapshot = isBehind ? engine.disk.loadCheckpoint() : null;
    const from = (isBehind ? log.base.position : position) + 1;
    const batches = log.read(from, committed, Number.MAX_SAFE_INTEGER);
    const feed = { engine: engine.name, epoch, forcedEpoch: log.forcedEpoch, snapshot, batches };
    world.network.send(engine.name, name, () => gateway.receive(feed));
  }
}
