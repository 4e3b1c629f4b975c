// Commands: what may be asked of the core. A command is an intent; the core answers with events.
// Numbers are safe integers: prices in ticks, quantities in lots, amounts in the asset's units.
// Invariant: a command holds everything that decides its outcome; time enters as `timestampUs`.

export type Side = "buy" | "sell";
/** `limitMaker` is a limit order that must rest: it is rejected when it would take. */
export type OrderType = "limit" | "limitMaker" | "market";
export type TimeInForce = "gtc" | "ioc" | "fok";
/**
 * `halt`: neither orders nor cancels. `cancelOnly`: cancels and reductions only. `auction`: limit
 * orders collect without trading, the book may be crossed. `trading`: everything; on the way there
 * from any other, orders that meet trade at one price (auction.ts). `uncrossing`: they are too many
 * for one command; closed as in a halt until `trading` was asked for often enough.
 */
export type TradingStatus = "trading" | "halt" | "cancelOnly" | "auction" | "uncrossing";

/**
 * Who asked: a gateway's session and its running number within it, from 1. The core executes a
 * number of a session at most once (Viewstamped Replication's client table), so that a gateway may
 * send again whatever was not answered.
 */
export interface RequestId {
  /** Random at the gateway's start, 1 to 2^32 - 1. */
  readonly sessionId: number;
  /** 1 to 2^32 - 1, one higher each time. */
  readonly requestSeq: number;
}

export interface PlaceOrder {
  readonly kind: "placeOrder";
  readonly accountId: number;
  readonly symbolId: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** 0 for market orders. */
  readonly priceTicks: number;
  /** 0 for a market order by `quoteUnits`. */
  readonly quantityLots: number;
  /** Market orders only: spend (buy) or receive (sell) at most this much of the quote asset; else 0. */
  readonly quoteUnits: number;
  /** `^[a-zA-Z0-9-_]{1,36}$`; remembered per account, also after the order ended. */
  readonly clientOrderId: string;
}

/** By `orderId`, or by `clientOrderId` where `orderId` is 0; both given must agree. */
export interface OrderReference {
  readonly orderId: number;
  readonly clientOrderId: string;
}

export interface CancelOrder {
  readonly kind: "cancelOrder";
  readonly accountId: number;
  readonly symbolId: number;
  readonly target: OrderReference;
  readonly onlyIf: "any" | "new" | "partiallyFilled";
}

/**
 * Lowers a resting order's quantity, which keeps its place. A target, not a difference: sent twice,
 * or by two gateways at once, it takes off no more than was meant.
 */
export interface ReduceOrder {
  readonly kind: "reduceOrder";
  readonly accountId: number;
  readonly symbolId: number;
  readonly target: OrderReference;
  /** Of the whole order, what was executed included: below the present one, above the executed. */
  readonly quantityLots: number;
}

/** Cancels every open order of an account on a symbol. */
export interface CancelAllOrders {
  readonly kind: "cancelAllOrders";
  readonly accountId: number;
  readonly symbolId: number;
}

/** Cancel and place in one step (API: order/cancelReplace). */
export interface CancelReplaceOrder {
  readonly kind: "cancelReplaceOrder";
  /** `true`: nothing is placed where the cancel fails. */
  readonly stopOnFailure: boolean;
  readonly cancel: Omit<CancelOrder, "kind" | "accountId" | "symbolId">;
  readonly place: Omit<PlaceOrder, "kind">;
}

export interface Deposit {
  readonly kind: "deposit";
  readonly accountId: number;
  readonly assetId: number;
  readonly units: number;
}

export interface Withdraw {
  readonly kind: "withdraw";
  readonly accountId: number;
  readonly assetId: number;
  readonly units: number;
}

export interface AddAsset {
  readonly kind: "addAsset";
  /** Ids are given in order from 1; one that is not the next is rejected. */
  readonly assetId: number;
  /** Upper-case letters and digits, up to 12. */
  readonly name: string;
  /** One unit is 10^-decimals of the asset; 0 to 8. */
  readonly decimals: number;
}

export interface AddSymbol {
  readonly kind: "addSymbol";
  readonly symbolId: number;
  /** Up to 20 upper-case letters and digits. */
  readonly name: string;
  readonly baseAssetId: number;
  readonly quoteAssetId: number;
  /** Base units in one lot. */
  readonly lotUnits: number;
  /** Quote units that one lot costs at a price of one tick; at least 1. */
  readonly tickUnitsPerLot: number;
  /** Highest price of an order; bounds the book's memory. */
  readonly priceTicksMax: number;
  /** Fees in 1/100 of a basis point (ppm) of what is received, rounded up to a unit. */
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
}

export interface OpenAccount {
  readonly kind: "openAccount";
  /** Any number from 1 to the capacity; account 0 is the house and takes the fees. */
  readonly accountId: number;
}

export interface SetTradingStatus {
  readonly kind: "setTradingStatus";
  readonly symbolId: number;
  /** `uncrossing` cannot be asked for; asking for `trading` goes on with it. */
  readonly status: TradingStatus;
}

/** Time passes without a trade: nothing but `timestampUs` changes. */
export interface Tick {
  readonly kind: "tick";
}

export type Command =
  | PlaceOrder
  | CancelOrder
  | ReduceOrder
  | CancelAllOrders
  | CancelReplaceOrder
  | Deposit
  | Withdraw
  | AddAsset
  | AddSymbol
  | OpenAccount
  | SetTradingStatus
  | Tick;

/** A command as it stands in the journal. */
export interface SequencedCommand {
  readonly request: RequestId;
  /** Microseconds since the epoch, given by the sequencer, never falling. */
  readonly timestampUs: number;
  readonly command: Command;
}
