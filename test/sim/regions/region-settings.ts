// What all runs of two regions have in common.

import type { Capacity } from "../../../engine/core/instrument.ts";
import type { Weather } from "../network.ts";

export const capacity: Capacity = {
  ...{ orders: 80, rememberedOrders: 60, accounts: 4, assets: 2, symbols: 1, levels: 64 },
  sessions: 8,
};

/** Logs stay whole in memory, so that the oracle can read all of every log. */
export const settings = {
  timing: { heartbeatMs: 50, failureTimeoutMs: 200, snapshotIntervalMs: 50, antiFlapMs: 2_000 },
  ...{ checkpointEntries: 100_000, copyLinesMax: 4_096, messageBytesMax: 1 << 20 },
  trim: { marginEntries: 20_000, intervalMs: 100 },
};

/** 70 ms for the round trip, in order, as a connection is. */
export const distance: Weather = {
  ...{ loss: 0, duplication: 0, delayMsMin: 35, delayMsMean: 1, delayMsMax: 45, strays: 0 },
  isOrdered: true,
};
