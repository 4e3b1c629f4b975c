// The gateway: terminates HTTP and WebSockets, speaks the API, forwards commands through the port and
// publishes what the journal says. Stateless but for memory: any gateway can take any client.

import * as uWS from "uWebSockets.js";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { ExchangeConfig, GatewayNode, Keys } from "../../config.ts";
import { CastleError } from "../../errors.ts";
import type { Applied, ExchangePort } from "../exchange-port.ts";
import type { HistoryReader } from "../history-reader.ts";
import { accountRoutes } from "./account-routes.ts";
import { amendRoute } from "./amend-route.ts";
import { ApiServer } from "./api-server.ts";
import { auctionRoute } from "./auction-route.ts";
import { Authenticator } from "./auth.ts";
import type { TlsFiles } from "./certificate.ts";
import { ClientAddresses } from "./client-address.ts";
import { ClientOrderIds } from "./client-order-id.ts";
import {
  BACKLOG_INTERVAL_MS,
  CLOSE_GOING_AWAY,
  CLOSE_RESTART,
  PING_INTERVAL_MS,
} from "./connections.ts";
import { ANSWER_TIMEOUT_MS, type Clock, type GatewayContext } from "./context.ts";
import { Dispatcher } from "./dispatcher.ts";
import { generalRoutes } from "./general-routes.ts";
import { listenForHealth } from "./health-routes.ts";
import { HistoryPriming } from "./history-priming.ts";
import { Loop } from "./loop.ts";
import { Markets } from "./market.ts";
import { MarketData } from "./market-data.ts";
import { marketRoutes } from "./market-routes.ts";
import { orderRoutes } from "./order-routes.ts";
import { PendingCommands } from "./pending-commands.ts";
import { RateLimits } from "./rate-limits.ts";
import { replaceRoute } from "./replace-route.ts";
import { RestServer } from "./rest-server.ts";
import { RouteMeters } from "./route-meter.ts";
import { sessionRoutes } from "./session-routes.ts";
import { FAST_INTERVAL_MS, StreamPublisher } from "./stream-publisher.ts";
import { StreamServer } from "./stream-server.ts";
import { Topics } from "./stream-topics.ts";
import { tickerRoutes } from "./ticker-routes.ts";
import { UserEvents } from "./user-events.ts";
import { UserStreams } from "./user-streams.ts";

export interface GatewayOptions {
  readonly node: Pick<GatewayNode, "id" | "host" | "httpPort" | "trustedProxyCidrs">;
  readonly port: ExchangePort;
  readonly keys: Keys;
  readonly config: ExchangeConfig;
  readonly history: HistoryReader;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly tls?: TlsFiles | undefined;
}

export interface Gateway {
  /** The port that it listens on; of use where 0 was asked for. */
  readonly httpPort: number;
  /** Commands that wait for their answer. */
  readonly pendingCount: number;
  close(): Promise<void>;
}

const EXPIRY_INTERVAL_MS = 100;

/** @throws CastleError PORT_TAKEN, CONFIG_INVALID. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { port, config, history, clock, log, tls } = options;
  const { core } = port;
  const app = tls
    ? uWS.SSLApp({ key_file_name: tls.keyFile, cert_file_name: tls.certFile })
    : uWS.App();
  const markets = new Markets(core, config);
  const marketData = new MarketData(core, markets);
  const addresses = new ClientAddresses(options.node.trustedProxyCidrs ?? []);
  const limits = new RateLimits(config.limits, clock);
  const pending = new PendingCommands(port, ANSWER_TIMEOUT_MS);
  const meters = new RouteMeters();
  const authenticator = new Authenticator(options.keys);
  const context: GatewayContext = {
    ...{ port, core, config, history, clock, log },
    ...{ markets, marketData, addresses, limits, authenticator, pending, meters },
  };

  const userStreams = new UserStreams();
  const userEvents = new UserEvents({
    core,
    markets,
    isFollowed: (accountId) => userStreams.isFollowed(accountId),
    publish: (accountId, json) => userStreams.publish(accountId, json),
  });
  const topics = new Topics(app);
  const symbolNames = new Set(config.genesis.symbols.map((symbol) => symbol.name.toLowerCase()));
  topics.isOffered = (name) => name.startsWith("!") || symbolNames.has(name.split("@")[0] ?? "");
  const publisher = new StreamPublisher({ core, clock, topics, marketData });

  const dispatcher = new Dispatcher(context);
  const ids = new ClientOrderIds();
  const routes = [
    ...generalRoutes(context),
    ...marketRoutes(context),
    ...tickerRoutes(context),
    ...orderRoutes(context, ids),
    replaceRoute(context, ids),
    amendRoute(context),
    auctionRoute(context),
    ...accountRoutes(context),
    ...sessionRoutes(context, userStreams),
  ];
  const streams = new StreamServer(context, topics);
  const api = new ApiServer(context, dispatcher, routes, userStreams);
  streams.listen(app);
  api.listen(app);
  listenForHealth(app, port);
  new RestServer(context, dispatcher, routes).listen(app);
  meters.register(options.metrics, {
    pending: () => pending.size,
    connections: () => ({ api: api.connections.count, stream: streams.connections.count }),
    followedStreams: () => topics.followedCount,
    limitHits: () => limits.hits,
    slowConsumers: () => api.connections.slowCount + streams.connections.slowCount,
  });

  const priming = new HistoryPriming({ marketData, history, core, clock, log });
  let position = core.position;
  port.subscribe((applied: Applied) => {
    if (applied.position !== position + 1) {
      // The follower started over from a snapshot: what lies between is not known here. Stream clients
      // would miss it without noticing, so they are sent to connect again.
      log.warn(
        { code: "FEED_GAP", from: position, to: applied.position },
        "journal feed has a gap",
      );
      streams.connections.closeAll(CLOSE_RESTART, "market data starts over");
      marketData.restart();
      priming.restart();
    }
    position = applied.position;
    if (applied.command === undefined) return;
    for (const event of applied.events) limits.observe(event);
    marketData.observe(applied);
    pending.settle(applied);
    userEvents.observe(applied, Math.floor(clock.nowMs()));
    publisher.observe(applied);
  });

  const loops = [
    new Loop(FAST_INTERVAL_MS, () => publisher.flush()),
    new Loop(EXPIRY_INTERVAL_MS, () => pending.expire(clock.nowMs())),
    new Loop(BACKLOG_INTERVAL_MS, () => {
      api.connections.endSlow();
      streams.connections.endSlow();
    }),
    new Loop(PING_INTERVAL_MS, () => {
      api.connections.ping(clock.nowMs());
      streams.connections.ping(clock.nowMs());
    }),
  ];
  const { host, httpPort } = options.node;
  const listenSocket = await new Promise<uWS.us_listen_socket | false>((resolve) => {
    app.listen(host, httpPort, resolve);
  });
  if (listenSocket === false) {
    for (const loop of loops) loop.stop();
    throw new CastleError("PORT_TAKEN", `cannot listen on ${host}:${httpPort}: is it in use?`, {
      host,
      httpPort,
    });
  }
  priming.start();
  const boundPort = uWS.us_socket_local_port(listenSocket as unknown as uWS.us_socket);
  log.info({ code: "LISTENING", host, httpPort: boundPort }, "gateway listens");

  let isClosed = false;
  return {
    httpPort: boundPort,
    get pendingCount() {
      return pending.size;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      for (const loop of loops) loop.stop();
      priming.stop();
      uWS.us_listen_socket_close(listenSocket);
      const shutdown = `{"e":"serverShutdown","E":${Math.floor(clock.nowMs())}}`;
      for (const socket of streams.connections.all()) socket.send(shutdown);
      pending.abandon();
      // One turn, so that the last answers are written before their sockets go.
      await new Promise<void>((resolve) => setImmediate(resolve));
      streams.connections.closeAll(CLOSE_GOING_AWAY, "server shutdown");
      api.connections.closeAll(CLOSE_GOING_AWAY, "server shutdown");
      await new Promise<void>((resolve) => setImmediate(resolve));
      app.close();
    },
  };
}
