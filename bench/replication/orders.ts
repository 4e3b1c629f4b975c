// The orders of the replication bench: a sell that rests, then a buy that takes it; then the two accounts
// change sides, so that neither runs out. Each second order trades, and the book stays small: the
// bench is of what surrounds the book.

import { encodeCommand } from "../../engine/codec/command-codec.ts";

const sessionId = 1_000;
const priceTicks = 6_000_000;

/** Numbered from 1. */
export function orderOf(requestSeq: number): Uint8Array {
  const isSell = requestSeq % 2 === 1;
  const isFirstPair = requestSeq % 4 === 1 || requestSeq % 4 === 2;
  return encodeCommand({
    request: { sessionId, requestSeq },
    timestampUs: 0,
    command: {
      kind: "placeOrder",
      accountId: isSell === isFirstPair ? 101 : 102,
      symbolId: 1,
      side: isSell ? "sell" : "buy",
      type: "limit",
      timeInForce: "gtc",
      priceTicks,
      quantityLots: 1,
      quoteUnits: 0,
      clientOrderId: `b${requestSeq.toString(36)}`,
    },
  });
}
