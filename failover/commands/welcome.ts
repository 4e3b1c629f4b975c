// What `castle up` says when it serves: where, with which keys, and lines to paste. Pure.

import type { Exchange } from "../local/exchange.ts";

/** Of 26 accounts the two that are for people. */
const shownAccounts = 2;

export function welcome(exchange: Exchange, afterMs: number): string {
  const { keys, substrate, dataDir, gatewayUrls } = exchange;
  const shown = keys.accounts.slice(0, shownAccounts);
  const http = gatewayUrls[0]?.http ?? "";
  const enter = substrate.enterCommand === "" ? "" : `${substrate.enterCommand} `;
  const [account] = shown;
  return [
    `serving after ${afterMs} ms`,
    "",
    ...gatewayUrls.map(
      ({ zone, http, ws }) => `gateway ${zone}   ${http}/api/v3   ${ws}/ws   ${ws}/ws-api/v3`,
    ),
    "",
    ...shown.flatMap(({ name, apiKey, secretKey, deposits }) => [
      `${name.padEnd(8)} ${Object.entries(deposits)
        .map(([asset, amount]) => `${amount} ${asset}`)
        .join(", ")} deposited`,
      `  key    ${apiKey}`,
      `  secret ${secretKey}`,
    ]),
    `and ${keys.accounts.length - shown.length} traders for load, in ${dataDir}/keys.json`,
    "",
    "# the book, and an order of alice's, signed:",
    `${enter}curl -s '${http}/api/v3/depth?symbol=BTCUSDT&limit=5'`,
    ...(account === undefined ? [] : signedOrder(`${enter}curl -s`, http, account)),
    "",
    "Ctrl-C stops it cleanly.",
    "",
  ].join("\n");
}

function signedOrder(
  curl: string,
  http: string,
  { apiKey, secretKey }: { readonly apiKey: string; readonly secretKey: string },
): string[] {
  const order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000";
  const sign = `openssl dgst -sha256 -hmac ${secretKey} -r | cut -d" " -f1`;
  return [
    `q="${order}&timestamp=$(date +%s%3N)"; ${curl} -X POST -H 'X-MBX-APIKEY: ${apiKey}' "${http}/api/v3/order?$q&signature=$(printf %s "$q" | ${sign})"`,
  ];
}

export function welcomeJson(exchange: Exchange, afterMs: number): object {
  return {
    servingAfterMs: afterMs,
    dataDir: exchange.dataDir,
    substrate: exchange.substrate.kind,
    gateways: exchange.gatewayUrls,
    accounts: exchange.keys.accounts,
  };
}
