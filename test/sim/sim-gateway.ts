// SimGateway: keeps every command until it sees it among the committed entries, follows these with a
// core of its own, and sends what is unanswered, in order, to whoever serves the highest epoch.

import { CoreMachine } from "../../engine/adapters/core-machine.ts";
import {
  encodeCommand,
  requestSeqOf,
  sessionIdOf,
  setTimestampUs,
  timestampUsOf,
} from "../../engine/codec/command-codec.ts";
import type { Command } from "../../engine/core/command.ts";
import type { Event } from "../../engine/core/event.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import { type LogBatch, lastOf, visitEntries } from "../../engine/replication/log-batch.ts";
import type { Snapshot } from "../../engine/replication/messages.ts";
import type { World } from "./world.ts";

export interface Feed {
  readonly engine: string;
  readonly epoch: number;
  /** The last force in the history that this is of; 0 = none. */
  readonly forcedEpoch: number;
  /** Where the entries that the gateway needs have left the engine's memory. */
  readonly snapshot: Snapshot | null;
  readonly batches: readonly LogBatch[];
}

interface Unanswered {
  readonly requestSeq: number;
  readonly bytes: Uint8Array;
  readonly answer: (events: readonly Event[]) => void;
}

const pollMs = 25;
/** Without progress for this long, the connection is opened anew. */
const patienceMs = 150;

export class SimGateway {
  readonly name: string;
  private readonly world: World;
  private readonly capacity: Capacity;
  machine: CoreMachine;
  isDown = false;
  /** Of the history that it follows: operators tell it which one counts (rule 11). */
  forcedEpoch = 0;
  private starts = 0;
  private connections = 0;
  private sessionId = 0;
  private lastSeq = 0;
  private unanswered: Unanswered[] = [];
  private primary: { engine: string; epoch: number } | null = null;
  private sent = 0;
  private progressMs = 0;

  constructor(number: number, world: World, capacity: Capacity) {
    this.name = `gateway${number}`;
    this.world = world;
    this.capacity = capacity;
    this.machine = new CoreMachine(capacity);
    this.start();
  }

  get unansweredCount(): number {
    return this.unanswered.length;
  }

  /** A new process: a new session, and nothing remembered. */
  start(): void {
    this.isDown = false;
    this.starts++;
    this.sessionId = this.world.newSessionId();
    this.lastSeq = 0;
    this.unanswered = [];
    this.primary = null;
    this.machine = new CoreMachine(this.capacity);
    this.poll(this.starts);
  }

  crash(): void {
    this.isDown = true;
    this.starts++;
  }

  request(command: Command, answer: (events: readonly Event[]) => void): void {
    if (this.isDown) return;
    this.lastSeq++;
    const request = { sessionId: this.sessionId, requestSeq: this.lastSeq };
    const bytes = encodeCommand({ request, timestampUs: 0, command });
    if (this.unanswered.length === 0) this.progressMs = this.world.schedule.nowMs;
    this.unanswered.push({ requestSeq: this.lastSeq, bytes, answer });
    this.send(bytes);
  }

  private poll(start: number): void {
    if (this.starts !== start || this.isDown) return;
    const { world, name } = this;
    const { position } = this.machine;
    for (const engine of world.everyEngine) {
      world.network.send(name, engine.name, () =>
        engine.run(null, ({ feeds }) => feeds.onPoll(name, position)),
      );
    }
    const isStuck = world.schedule.nowMs - this.progressMs >= patienceMs;
    if (this.unanswered.length > 0 && isStuck) this.reconnect();
    world.schedule.after(pollMs, () => this.poll(start));
  }

  /** Sends everything unanswered again, from the first on: the core executes each at most once. */
  private reconnect(): void {
    this.connections++;
    this.sent = 0;
    this.progressMs = this.world.schedule.nowMs;
    for (const { bytes } of this.unanswered) this.send(bytes);
  }

  private send(command: Uint8Array): void {
    const { world, name, primary } = this;
    if (primary === null) return;
    const engine = world.everyEngine.find((candidate) => candidate.name === primary.engine);
    if (engine === undefined) return;
    const connection = this.connections;
    const submission = {
      gateway: name,
      connection,
      index: this.sent++,
      epoch: primary.epoch,
      command,
    };
    world.network.send(name, engine.name, () =>
      engine.run(null, ({ feeds, machine }) => feeds.submit(submission, machine)),
    );
  }

  receive(feed: Feed): void {
    if (this.isDown || feed.forcedEpoch < this.forcedEpoch) return;
    if (feed.forcedEpoch > this.forcedEpoch && !this.changeHistory(feed.forcedEpoch)) return;
    this.follow(feed);
    if (feed.snapshot !== null) this.jump(feed.snapshot);
    for (const batch of feed.batches) {
      const next = this.machine.position + 1;
      if (lastOf(batch) < next || batch.first > next) continue;
      visitEntries(batch, next, (position, kind, data) => {
        this.world.oracle.fed(this, position, batch.epoch, data);
        this.apply(position, kind === "command" ? data : null);
      });
    }
  }

  /** `false` where it has followed what the force left out: then it starts anew, with nothing. */
  private changeHistory(forcedEpoch: number): boolean {
    const shared = this.world.oracle.sharedPosition(this.forcedEpoch, forcedEpoch);
    this.forcedEpoch = forcedEpoch;
    this.primary = null;
    if (this.machine.position <= shared) return true;
    this.start();
    return false;
  }

  private follow(feed: Feed): void {
    const { primary } = this;
    if (primary !== null && feed.epoch <= primary.epoch) return;
    this.primary = { engine: feed.engine, epoch: feed.epoch };
    this.reconnect();
  }

  private jump(snapshot: Snapshot): void {
    if (snapshot.position <= this.machine.position) return;
    this.machine.restore(snapshot.lines);
    // What was answered in between is learnt by asking again.
    this.reconnect();
  }

  /** But for the time, which the primary stamps, a command is carried out as it was sent. */
  private compare(sent: Uint8Array, executed: Uint8Array): void {
    const stamped = sent.slice();
    setTimestampUs(stamped, timestampUsOf(executed));
    if (Buffer.compare(stamped, executed) === 0) return;
    this.world.oracle.fail(`${this.name} finds its command changed in the journal`);
  }

  private apply(position: number, command: Uint8Array | null): void {
    const { core } = this.machine;
    if (command === null) {
      core.advance(position);
      return;
    }
    const events: Event[] = [];
    core.apply(position, command, events);
    if (sessionIdOf(command) !== this.sessionId) return;
    this.progressMs = this.world.schedule.nowMs;
    const requestSeq = requestSeqOf(command);
    const index = this.unanswered.findIndex((one) => one.requestSeq === requestSeq);
    if (index < 0) return;
    const [answered] = this.unanswered.splice(index, 1);
    if (answered !== undefined) this.compare(answered.bytes, command);
    this.world.oracle.acknowledged(this, this.sessionId, requestSeq, position);
    answered?.answer(events);
  }
}
