// The four topics, by what each is for. Pure. Every record's key is its symbol, so a symbol's records are in one partition
// and in order. More partitions later would move symbols to others in the middle of their order: there are enough from
// the first day on.

import type { TopicName } from "../workloads.ts";

export interface TopicShape {
  readonly partitions: number;
  readonly retentionHours: number;
}

/** As many as ever read at once: order processors and matchers grow to thirty pods (compute.service.countMax). */
const orderPartitions = 36;
/** Each reader of events reads all; a function runs one copy a partition. */
const eventPartitions = 12;
const dayHours = 24;
const weekHours = 7 * dayHours;

export const topicShapes: Readonly<Record<TopicName, TopicShape>> = {
  // What customers sent, as they sent it: what an answer is compared with when one is disputed.
  "order-requests": { partitions: orderPartitions, retentionHours: weekHours },
  // On its way from one pod to the next; the journal keeps what became of it.
  "validated-orders": { partitions: orderPartitions, retentionHours: dayHours },
  // Of the book: yesterday's is of no use, the journal has it.
  "matched-events": { partitions: eventPartitions, retentionHours: dayHours },
  // A reader that was broken over a weekend finds every trade (seed 002: seven days).
  "trade-execution": { partitions: eventPartitions, retentionHours: weekHours },
};

/** Copies of every record, one a zone, and how many must have it before its writer is answered. */
export const copies = 3;
const copiesInSyncMin = 2;

/** Of the brokers: what holds for topics that say nothing else, Kafka's own among them. */
export function serverProperties(): string {
  return Object.entries({
    "auto.create.topics.enable": false,
    "default.replication.factor": copies,
    "min.insync.replicas": copiesInSyncMin,
    // A copy that lacks records never leads: better no order than a lost one.
    "unclean.leader.election.enable": false,
    "offsets.topic.replication.factor": copies,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": copiesInSyncMin,
    "num.partitions": eventPartitions,
    "log.retention.hours": weekHours,
  })
    .map(([key, value]) => `${key}=${value}`)
    .join("\n");
}

/** Of one topic, as Kafka wants it: texts in JSON. */
export function topicConfigs({ retentionHours }: TopicShape): string {
  return JSON.stringify({
    "cleanup.policy": "delete",
    "min.insync.replicas": String(copiesInSyncMin),
    "retention.ms": String(retentionHours * 3_600_000),
  });
}
