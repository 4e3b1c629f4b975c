// Topics: the market streams that somebody follows. Each event is serialised once and handed to
// uWebSockets.js once per form (raw, or wrapped with the stream's name), which fans it out.

import type { TemplatedApp } from "uWebSockets.js";

/** One stream name that the exchange knows. */
export class Topic {
  readonly name: string;
  readonly rawTopic: string;
  readonly combinedTopic: string;
  rawCount = 0;
  combinedCount = 0;

  constructor(name: string) {
    this.name = name;
    this.rawTopic = `raw:${name}`;
    this.combinedTopic = `all:${name}`;
  }

  get isFollowed(): boolean {
    return this.rawCount > 0 || this.combinedCount > 0;
  }
}

const namePattern =
  /^(?:([a-z0-9]{2,20})@(trade|aggTrade|bookTicker|miniTicker|ticker|depth(?:5|10|20)?(?:@100ms|@1000ms)?|kline_[0-9]{1,2}[smhdwM])|!(miniTicker|ticker|bookTicker)@arr|!bookTicker)$/;

export class Topics {
  readonly #app: TemplatedApp;
  readonly #topics = new Map<string, Topic>();
  /** Told when a topic gets its first follower or loses its last. */
  onFollowed: (topic: Topic) => void = () => {};

  constructor(app: TemplatedApp) {
    this.#app = app;
  }

  /** `undefined` for names that no stream will ever have; they are silent. */
  named(name: string): Topic | undefined {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      if (!namePattern.test(name) || !this.isOffered(name)) return undefined;
      topic = new Topic(name);
      this.#topics.set(name, topic);
    }
    return topic;
  }

  /** Whether the symbol in a well-formed name exists; set by whoever knows the symbols. */
  isOffered: (name: string) => boolean = () => true;

  count(topic: Topic, isCombined: boolean, change: 1 | -1): void {
    const wasFollowed = topic.isFollowed;
    if (isCombined) topic.combinedCount += change;
    else topic.rawCount += change;
    if (topic.isFollowed !== wasFollowed) this.onFollowed(topic);
  }

  publish(topic: Topic, json: string): void {
    if (topic.rawCount > 0) this.#app.publish(topic.rawTopic, json);
    if (topic.combinedCount > 0)
      this.#app.publish(topic.combinedTopic, `{"stream":"${topic.name}","data":${json}}`);
  }

  get followedCount(): number {
    let count = 0;
    for (const topic of this.#topics.values()) if (topic.isFollowed) count++;
    return count;
  }
}
