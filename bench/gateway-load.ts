// The load of the benchmarks, in a process of its own: signed orders, open loop or by window.

import { createHmac } from "node:crypto";
import { build } from "hdr-histogram-js";
import { WebSocket } from "ws";

interface Trader {
  readonly apiKey: string;
  readonly secretKey: string;
}

interface Load {
  readonly traders: readonly Trader[];
  /** Makes client order ids unique where one exchange takes several loads. */
  readonly name: string;
  readonly url: string;
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
  readonly window: number;
}

/** For a run without a rate: as many as are signed in advance at most. */
const ordersMax = 1_500_000;

/** Orders around one price, so that about every second one trades and the book stays small. */
function signedOrders({ traders, name }: Load, count: number): string[] {
  // The longest window there is: signing takes a while.
  const timestamp = Date.now();
  let random = 42;
  const next = (bound: number) => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return random % bound;
  };
  return Array.from({ length: count }, (_, id) => {
    const { apiKey, secretKey } = traders[id % traders.length] as Trader;
    const side = next(65_536) < 32_768 ? "BUY" : "SELL";
    const price = `${50_000 + ((next(1_000_000) >> 10) % 20)}.00`;
    const quantity = `0.00${10 + ((next(1_000_000) >> 8) % 80)}`;
    const newClientOrderId = `${name}-${id}`;
    const payload = `apiKey=${apiKey}&newClientOrderId=${newClientOrderId}&price=${price}&quantity=${quantity}&recvWindow=60000&side=${side}&symbol=BTCUSDT&timeInForce=GTC&timestamp=${timestamp}&type=LIMIT`;
    const signature = createHmac("sha256", secretKey).update(payload).digest("hex");
    return `{"id":${id},"method":"order.place","params":{"apiKey":"${apiKey}","newClientOrderId":"${newClientOrderId}","price":"${price}","quantity":"${quantity}","recvWindow":60000,"side":"${side}","symbol":"BTCUSDT","timeInForce":"GTC","timestamp":${timestamp},"type":"LIMIT","signature":"${signature}"}}`;
  });
}

function connect(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.on("open", () => resolve(socket));
    socket.on("error", reject);
  });
}

/** `{"id":123,` begins every answer. */
function idOf(message: Buffer): number {
  let id = 0;
  for (let at = 6; message[at] !== 44; at++) id = id * 10 + (message[at] as number) - 48;
  return id;
}

async function run(load: Load): Promise<object> {
  const { rate, seconds, window } = load;
  const count = rate === 0 ? ordersMax : rate * seconds;
  const orders = signedOrders(load, count);
  const sockets = await Promise.all(
    Array.from({ length: load.connections }, () => connect(load.url)),
  );
  const histogram = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  /** When each order was due. */
  const dueMs = new Float64Array(count);
  let sent = 0;
  let answered = 0;
  let refused = 0;
  let sample = "";
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  process.send?.({ kind: "started" });
  const isDone = new Promise<void>((resolve) => {
    for (const socket of sockets)
      socket.on("message", (message: Buffer) => {
        const id = idOf(message);
        const nowMs = performance.now();
        histogram.recordValue(Math.max(1, Math.round((nowMs - (dueMs[id] as number)) * 1000)));
        answered++;
        if (message[message.indexOf(44) + 10] !== 50) {
          refused++;
          sample = message.toString("utf8").slice(0, 300);
        }
        if (rate === 0 && nowMs < endMs && sent < count) {
          dueMs[sent] = nowMs;
          socket.send(orders[sent++] as string);
        }
        const isOver = rate === 0 ? nowMs >= endMs || sent === count : sent === count;
        if (isOver && answered === sent) resolve();
      });
  });
  if (rate === 0) {
    for (const socket of sockets)
      for (let i = 0; i < window && sent < count; i++) {
        dueMs[sent] = performance.now();
        socket.send(orders[sent++] as string);
      }
  } else {
    const pump = () => {
      const due = Math.min(count, Math.floor(((performance.now() - startMs) / 1000) * rate));
      while (sent < due) {
        dueMs[sent] = startMs + (sent / rate) * 1000;
        const socket = sockets[sent % sockets.length] as WebSocket;
        socket.send(orders[sent++] as string);
      }
      if (sent < count) setTimeout(pump, 1);
    };
    pump();
  }
  await isDone;
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  const used = process.cpuUsage();
  return {
    ratePerSecond: rate,
    connections: load.connections,
    orders: answered,
    refused,
    ...(sample === "" ? {} : { sample }),
    ordersPerSecond: Math.round(answered / elapsedSeconds),
    latencyMs: {
      p50: histogram.getValueAtPercentile(50) / 1000,
      p99: histogram.getValueAtPercentile(99) / 1000,
      p999: histogram.getValueAtPercentile(99.9) / 1000,
      max: histogram.maxValue / 1000,
    },
    loadCpuSeconds: (used.user + used.system) / 1e6,
  };
}

process.once("message", (load: Load) => {
  void run(load).then((result) => process.send?.({ kind: "result", result }));
});
