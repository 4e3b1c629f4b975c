// GatewayContext: what the parts of one gateway share.

import type { Logger } from "pino";
import type { ExchangeConfig } from "../../config.ts";
import type { CoreReader } from "../../core/core-reader.ts";
import type { ExchangePort } from "../exchange-port.ts";
import type { HistoryReader } from "../history-reader.ts";
import type { Authenticator } from "./auth.ts";
import type { ClientAddresses } from "./client-address.ts";
import type { Markets } from "./market.ts";
import type { MarketData } from "./market-data.ts";
import type { PendingCommands } from "./pending-commands.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { RouteMeters } from "./route-meter.ts";

export interface Clock {
  /** Milliseconds since the epoch, with a fraction. */
  nowMs(): number;
}

export interface GatewayContext {
  readonly port: ExchangePort;
  readonly core: CoreReader;
  readonly config: ExchangeConfig;
  readonly history: HistoryReader;
  readonly clock: Clock;
  readonly log: Logger;
  readonly markets: Markets;
  readonly marketData: MarketData;
  readonly addresses: ClientAddresses;
  readonly limits: RateLimits;
  readonly authenticator: Authenticator;
  readonly pending: PendingCommands;
  readonly meters: RouteMeters;
}

/** Longest wait for an answer of the engine, a confirmed read, or the history. */
export const ANSWER_TIMEOUT_MS = 10_000;
