// Demo accounts: made once with a new cluster, kept in a file that only its owner can read. Two
// people to play with (alice, bob), and traders with deep pockets for load; and the operators' token.

import { randomBytes } from "node:crypto";
import type { Keys } from "../../engine/index.ts";

/** Enough that a load of thousands of orders a second is spread as among real accounts. */
const traderCount = 24;

// All deposits of an asset together stay far below 2^53 of its units (BTC, ETH 10^-8, USDT 10^-6).
const traderDeposits = { BTC: "1000000", ETH: "1000000", USDT: "100000000" };
const personDeposits = { BTC: "10", ETH: "100", USDT: "1000000" };

export function makeDemoKeys(): Keys {
  const people = ["alice", "bob"].map((name, index) => account(index + 1, name, personDeposits));
  const traders = Array.from({ length: traderCount }, (_, index) =>
    account(101 + index, `trader-${String(index + 1).padStart(2, "0")}`, traderDeposits),
  );
  return { operatorToken: makeOperatorToken(), accounts: [...people, ...traders] };
}

/** For the operators' routes of the engines (engine/admin.ts). */
export function makeOperatorToken(): string {
  return randomBytes(32).toString("hex");
}

function account(accountId: number, name: string, deposits: Record<string, string>) {
  return {
    accountId,
    name,
    apiKey: randomBytes(32).toString("hex"),
    secretKey: randomBytes(32).toString("hex"),
    deposits,
  };
}
