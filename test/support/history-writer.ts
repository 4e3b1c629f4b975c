// A history writer as a process of its own, for tests that kill it: replays a seeded journal into
// PostgreSQL, one line with the durable position after each batch. Arguments: URL, seed, entries.

import { PostgresSink } from "../../engine/adapters/history/postgres-sink.ts";
import { HistoryFollower } from "./history-follower.ts";
import { feedCapacity, JournalFeed } from "./journal-feed.ts";

const batchEntries = 150;

const [url, seed, entries] = process.argv.slice(2) as [string, string, string];
const feed = new JournalFeed(Number(seed));
feed.trade(Number(entries));
const sink = new PostgresSink({ url, capacity: feedCapacity, checkpointIntervalMs: 5 });
const follower = await HistoryFollower.start(sink, feedCapacity, feed.journal);
while (follower.core.position < feed.journal.length) {
  const from = follower.core.position;
  await follower.write(feed.journal.slice(from, from + batchEntries));
  process.stdout.write(`${follower.core.position}\n`);
}
await sink.close();
