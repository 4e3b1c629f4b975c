// The local Redis: the journal's third copy. Its settings, and whether it answers.

import { connect } from "node:net";

export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly dir: string;
}

/** Nothing is ever evicted; what was answered is on disk within a second. */
export function redisArguments({ host, port, dir }: RedisPlace): string[] {
  const settings: Record<string, string> = {
    bind: host,
    port: String(port),
    dir,
    daemonize: "no",
    appendonly: "yes",
    appendfsync: "everysec",
    // While the log is rewritten the disk is busy, and an fsync would stop every append for long.
    "no-appendfsync-on-rewrite": "yes",
    // A rewrite takes a core for its time: under full load once in tens of seconds, not in two.
    "auto-aof-rewrite-min-size": "512mb",
    rdbcompression: "no",
    // The append-only file is the copy; dumps beside it only cost time.
    save: "",
    "maxmemory-policy": "noeviction",
    // Reached only from loopback or from the private network of the zones.
    "protected-mode": "no",
    "tcp-backlog": "128",
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Whether a Redis answers PING there and has loaded its data. */
export function answersPing(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (data) => settle(data.toString("latin1").startsWith("+PONG")));
    socket.once("error", () => settle(false));
  });
}
