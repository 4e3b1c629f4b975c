// Genesis: the commands that turn an empty state into the exchange that the configuration describes.
// They go through the journal like any other, as the requests of one reserved session, so that a
// second primary that submits them again changes nothing.

import { encodeCommand } from "../codec/command-codec.ts";
import type { ExchangeConfig, Keys } from "../config.ts";
import type { Command } from "../core/command.ts";
import type { CoreReader } from "../core/core-reader.ts";
import { CastleError } from "../errors.ts";

/** Gateways draw their sessions from above it. */
export const genesisSessionId = 1;

/** A decimal in units of 10^-decimals. @throws CastleError CONFIG_INVALID where it does not divide. */
function unitsOf(decimal: string, decimals: number, what: string): number {
  const [whole = "0", fraction = ""] = decimal.split(".");
  const kept = fraction.slice(0, decimals).padEnd(decimals, "0");
  const units = Number(BigInt(whole + kept));
  if (/[1-9]/.test(fraction.slice(decimals)) || !Number.isSafeInteger(units)) {
    const text = `${what}: ${decimal} is not a whole number of units of 10^-${decimals}`;
    throw new CastleError("CONFIG_INVALID", text);
  }
  return units;
}

/** a·b / 10^scale, exact. */
function product(a: string, b: string, decimals: number, what: string): number {
  const scaled = BigInt(unitsOf(a, 8, what)) * BigInt(unitsOf(b, 8, what));
  const divisor = 10n ** BigInt(16 - decimals);
  if (scaled % divisor !== 0n || scaled === 0n) {
    const text = `${what}: tick size ${a} times lot size ${b} must be a whole number of quote units (10^-${decimals})`;
    throw new CastleError("CONFIG_INVALID", text);
  }
  return Number(scaled / divisor);
}

function genesisCommands(config: ExchangeConfig, keys: Keys): Command[] {
  const commands: Command[] = [];
  const assets = new Map<string, { assetId: number; decimals: number }>();
  for (const [index, asset] of config.genesis.assets.entries()) {
    assets.set(asset.name, { assetId: index + 1, decimals: asset.decimals });
    commands.push({ kind: "addAsset", assetId: index + 1, ...asset });
  }
  const assetOf = (name: string, where: string) => {
    const asset = assets.get(name);
    if (asset === undefined) throw new CastleError("CONFIG_INVALID", `${where}: no asset ${name}`);
    return asset;
  };
  for (const [index, symbol] of config.genesis.symbols.entries()) {
    const where = `genesis.symbols.${index}`;
    const base = assetOf(symbol.base, where);
    const quote = assetOf(symbol.quote, where);
    commands.push({
      kind: "addSymbol",
      symbolId: index + 1,
      name: symbol.name,
      baseAssetId: base.assetId,
      quoteAssetId: quote.assetId,
      lotUnits: unitsOf(symbol.lotSize, base.decimals, `${where}.lotSize`),
      tickUnitsPerLot: product(symbol.tickSize, symbol.lotSize, quote.decimals, where),
      priceTicksMax: Math.floor(
        unitsOf(symbol.priceMax, 8, where) / unitsOf(symbol.tickSize, 8, where),
      ),
      makerFeePpm: symbol.makerFeePpm,
      takerFeePpm: symbol.takerFeePpm,
    });
  }
  for (const account of keys.accounts) {
    commands.push({ kind: "openAccount", accountId: account.accountId });
    for (const [name, amount] of Object.entries(account.deposits)) {
      const where = `account ${account.accountId}`;
      const { assetId, decimals } = assetOf(name, where);
      const units = unitsOf(amount, decimals, where);
      commands.push({ kind: "deposit", accountId: account.accountId, assetId, units });
    }
  }
  return commands;
}

/** Whether all that the configuration describes is there. */
export function isGenesisComplete(core: CoreReader, config: ExchangeConfig, keys: Keys): boolean {
  const hasSymbols = core.instruments().length >= config.genesis.symbols.length;
  return hasSymbols && keys.accounts.every((account) => core.hasAccount(account.accountId));
}

/** Repeats change nothing: they are the same requests of one session. */
export function encodeGenesis(config: ExchangeConfig, keys: Keys): Uint8Array[] {
  return genesisCommands(config, keys).map((command, index) =>
    encodeCommand({
      request: { sessionId: genesisSessionId, requestSeq: index + 1 },
      timestampUs: 0,
      command,
    }),
  );
}
