// Account routes: balances, orders, trades. Each waits for a confirmed read first, so an answer shows
// everything that was committed before the question (Raft's ReadIndex).

import type { OrderView } from "../../core/event.ts";
import { apiErrors } from "./api-error.ts";
import type { Call, Route } from "./call.ts";
import { ANSWER_TIMEOUT_MS, type GatewayContext } from "./context.ts";
import { printDecimal } from "./decimal.ts";
import type { Market } from "./market.ts";
import { queryJson, ZERO } from "./order-json.ts";
import { marketOf, parseReference } from "./order-params.ts";
import { rateText } from "./order-routes.ts";

const DAY_MS = 86_400_000;

export function accountRoutes(context: GatewayContext): Route[] {
  const { core, markets, history, port, limits } = context;

  const freshness = () => ({ minPosition: core.position, timeoutMs: ANSWER_TIMEOUT_MS });

  async function order(call: Call): Promise<void> {
    const market = marketOf(call.params, markets);
    const { orderId, clientOrderId } = parseReference(call.params, "orderId", "origClientOrderId");
    const { accountId } = call.account;
    await port.readBarrier(ANSWER_TIMEOUT_MS);
    let found = orderId > 0 ? core.order(orderId) : core.orderByClientId(accountId, clientOrderId);
    // The core remembers ended orders in a bounded window; the history remembers them all.
    if (found === undefined) {
      const where = { ...freshness(), accountId, symbolId: market.symbolId };
      found =
        orderId > 0
          ? await history.orderById({ ...where, orderId })
          : await history.orderByClientId({ ...where, clientOrderId });
    }
    if (!isTheOne(found, { accountId, market, clientOrderId })) throw apiErrors.noSuchOrder();
    call.done(queryJson(market, found, (us) => call.time(us)));
  }

  async function openOrders(call: Call): Promise<void> {
    const market = call.params.has("symbol") ? marketOf(call.params, markets) : undefined;
    await port.readBarrier(ANSWER_TIMEOUT_MS);
    call.done(ordersJson(call, core.openOrders(call.account.accountId, market?.symbolId ?? 0)));
  }

  async function allOrders(call: Call): Promise<void> {
    const market = marketOf(call.params, markets);
    const query = {
      accountId: call.account.accountId,
      symbolId: market.symbolId,
      fromOrderId: call.params.integer("orderId"),
      ...timeRange(call),
      limit: call.params.limit(500, 1000),
    };
    await port.readBarrier(ANSWER_TIMEOUT_MS);
    call.done(ordersJson(call, await history.allOrders({ ...query, ...freshness() })));
  }

  async function myTrades(call: Call): Promise<void> {
    const market = marketOf(call.params, markets);
    const query = {
      accountId: call.account.accountId,
      symbolId: market.symbolId,
      orderId: call.params.integer("orderId"),
      fromId: call.params.integer("fromId"),
      ...timeRange(call),
      limit: call.params.limit(500, 1000),
    };
    const isRange = query.startMs !== undefined || query.endMs !== undefined;
    if (query.fromId !== undefined && isRange) throw apiErrors.badCombination();
    await port.readBarrier(ANSWER_TIMEOUT_MS);
    const trades = await history.myTrades({ ...query, ...freshness() });
    const rows = trades.map(
      (trade) =>
        `{"symbol":"${market.name}","id":${trade.tradeId},"orderId":${trade.orderId},"orderListId":-1,"price":"${market.priceText(trade.priceTicks)}","qty":"${market.quantityText(trade.quantityLots)}","quoteQty":"${market.quoteText(trade.quoteUnits)}","commission":"${market.feeText(trade.feeUnits, trade.isBuyer)}","commissionAsset":"${market.feeAsset(trade.isBuyer)}","time":${call.time(trade.timestampUs)},"isBuyer":${trade.isBuyer},"isMaker":${trade.isMaker},"isBestMatch":true}`,
    );
    call.done(`[${rows.join(",")}]`);
  }

  function ordersJson(call: Call, orders: readonly OrderView[]): string {
    const rows: string[] = [];
    for (const view of orders) {
      const market = markets.withId(view.symbolId);
      if (market !== undefined) rows.push(queryJson(market, view, (us) => call.time(us)));
    }
    return `[${rows.join(",")}]`;
  }

  async function account(call: Call): Promise<void> {
    const omitsZero = call.params.flag("omitZeroBalances");
    await port.readBarrier(ANSWER_TIMEOUT_MS);
    const { accountId } = call.account;
    const balances: string[] = [];
    for (const asset of core.assets()) {
      const { freeUnits, lockedUnits } = core.balance(accountId, asset.assetId);
      if (omitsZero && freeUnits === 0 && lockedUnits === 0) continue;
      balances.push(
        `{"asset":"${asset.name}","free":"${printDecimal(freeUnits, asset.decimals)}","locked":"${printDecimal(lockedUnits, asset.decimals)}"}`,
      );
    }
    const { makerFeePpm, takerFeePpm } = feesOf(markets.all());
    // 100 ppm are one basis point; the API's older fields are whole basis points.
    const makerBips = Math.round(makerFeePpm / 100);
    const takerBips = Math.round(takerFeePpm / 100);
    const maker = rateText(makerFeePpm);
    const taker = rateText(takerFeePpm);
    call.done(
      `{"makerCommission":${makerBips},"takerCommission":${takerBips},"buyerCommission":0,"sellerCommission":0,"commissionRates":{"maker":"${maker}","taker":"${taker}","buyer":"0.00000000","seller":"0.00000000"},"canTrade":${core.hasAccount(accountId)},"canWithdraw":false,"canDeposit":false,"brokered":false,"requireSelfTradePrevention":false,"preventSor":false,"updateTime":${call.time(core.timestampUs)},"accountType":"SPOT","balances":[${balances.join(",")}],"permissions":["SPOT"],"uid":${accountId}}`,
    );
  }

  function commission(call: Call): void {
    const market = marketOf(call.params, markets);
    const rates = { maker: rateText(market.makerFeePpm), taker: rateText(market.takerFeePpm) };
    const none = { maker: ZERO, taker: ZERO, buyer: ZERO, seller: ZERO };
    call.done(
      JSON.stringify({
        symbol: market.name,
        standardCommission: { ...none, ...rates },
        specialCommission: none,
        taxCommission: none,
        discount: {
          enabledForAccount: false,
          enabledForSymbol: false,
          discountAsset: "",
          discount: ZERO,
        },
      }),
    );
  }

  function orderCounts(call: Call): void {
    const { count, dayCount } = limits.orders(call.account.accountId);
    const { ordersPer10Seconds, ordersPerDay } = limits.config;
    call.done(
      `[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":${ordersPer10Seconds},"count":${count}},{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":${ordersPerDay},"count":${dayCount}}]`,
    );
  }

  const route = (
    rest: string,
    method: string,
    weight: Route["weight"],
    rest2: Pick<Route, "handle" | "mandatory">,
  ): Route => ({
    rest: `GET /api/v3/${rest}`,
    method,
    security: "USER_DATA",
    weight,
    ...rest2,
  });
  const mandatory = ["symbol"];
  return [
    route("account", "account.status", 20, { handle: account }),
    route("order", "order.status", 4, { mandatory, handle: order }),
    route("openOrders", "openOrders.status", (p) => (p.has("symbol") ? 6 : 80), {
      handle: openOrders,
    }),
    route("allOrders", "allOrders", 20, { mandatory, handle: allOrders }),
    route("myTrades", "myTrades", (p) => (p.has("orderId") ? 5 : 20), {
      mandatory,
      handle: myTrades,
    }),
    route("account/commission", "account.commission", 20, { mandatory, handle: commission }),
    route("rateLimit/order", "account.rateLimits.orders", 40, { handle: orderCounts }),
  ];
}

function isTheOne(
  order: OrderView | undefined,
  asked: { accountId: number; market: Market; clientOrderId: string },
): order is OrderView {
  if (order === undefined) return false;
  if (order.accountId !== asked.accountId || order.symbolId !== asked.market.symbolId) return false;
  return asked.clientOrderId === "" || order.clientOrderId === asked.clientOrderId;
}

function timeRange(call: Call): { startMs: number | undefined; endMs: number | undefined } {
  const startMs = call.params.timeMs("startTime");
  const endMs = call.params.timeMs("endTime");
  if (startMs !== undefined && endMs !== undefined && endMs - startMs > DAY_MS)
    throw apiErrors.rangeTooLong();
  return { startMs, endMs };
}

/** The API shows one rate per account; symbols may differ, so the highest of them is shown. */
function feesOf(markets: readonly Market[]): { makerFeePpm: number; takerFeePpm: number } {
  return {
    makerFeePpm: Math.max(0, ...markets.map((market) => market.makerFeePpm)),
    takerFeePpm: Math.max(0, ...markets.map((market) => market.takerFeePpm)),
  };
}
