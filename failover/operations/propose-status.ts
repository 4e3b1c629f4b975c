// What a change of trading status would do, from one view: which symbols it concerns, where each stands now, and
// what stands against it. Pure. Any status may follow any other (decision 6), but for an auction that has
// begun to trade, which only trading ends.

import { servingEngines, type View } from "../view.ts";
import { type Check, fail, ok, warn } from "./checks.ts";
import { leadingRegion, notPossible, type Proposal } from "./propose.ts";

export interface StatusWish {
  readonly symbols: readonly string[];
  readonly known: readonly string[];
  readonly status: "trading" | "halt" | "cancelOnly" | "auction";
}

/** @throws ClusterError NOT_POSSIBLE where there is no such symbol */
export function proposeTradingStatus(view: View, wish: StatusWish): Proposal {
  const { status } = wish;
  const region = leadingRegion(view);
  const unknown = wish.symbols.find((symbol) => !wish.known.includes(symbol));
  if (unknown !== undefined) {
    notPossible(`there is no symbol ${unknown}; there is ${wish.known.join(", ")}`);
  }
  const [primary] = servingEngines(region);
  const told = new Map(primary?.status?.symbols?.map((symbol) => [symbol.name, symbol.status]));
  const has = (symbol: string) => told.get(symbol);
  const left = wish.symbols.filter((symbol) => has(symbol) !== status);
  if (left.length === 0) {
    const sentence = `status of ${wish.symbols.join(", ")} is ${status} already`;
    return { kind: "nothing", sentence, checks: presentChecks(wish.symbols, has) };
  }
  return {
    kind: "plan",
    parameters: {
      kind: "tradingStatus",
      region: region.name,
      symbols: left,
      status,
      present: Object.fromEntries(told),
    },
    checks: [
      primary === undefined
        ? fail("primary", "nobody serves: a status is a command, and there is nobody to take it")
        : ok("primary", `${primary.name} serves`),
      ...presentChecks(wish.symbols, has),
      ...transitionChecks(left, has, status),
    ],
  };
}

type StatusOf = (symbol: string) => string | undefined;

/** One line for each status that symbols have now. */
function presentChecks(symbols: readonly string[], has: StatusOf): Check[] {
  const byStatus = new Map<string, string[]>();
  for (const symbol of symbols) {
    const present = has(symbol) ?? "not told";
    byStatus.set(present, [...(byStatus.get(present) ?? []), symbol]);
  }
  return [...byStatus].map(([present, names]) =>
    present === "not told"
      ? warn("present", `status not known, as no primary tells it: ${names.join(", ")}`)
      : ok("present", `${present} now: ${names.join(", ")}`),
  );
}

function transitionChecks(
  symbols: readonly string[],
  has: StatusOf,
  status: StatusWish["status"],
): Check[] {
  const inAuction = symbols.filter((symbol) => has(symbol) === "auction");
  const uncrossing = symbols.filter((symbol) => has(symbol) === "uncrossing");
  const checks: Check[] = [];
  if (uncrossing.length > 0 && status !== "trading") {
    const text = `the auction of ${uncrossing.join(", ")} has begun to trade, and only trading ends that: castle reopen --status trading goes on with it`;
    checks.push(fail("uncrossing", text));
  }
  if (inAuction.length > 0 && status !== "trading") {
    const text = `the auction of ${inAuction.join(", ")} stops without its trades: orders that meet wait until trading`;
    checks.push(warn("auction", text));
  }
  return checks;
}
