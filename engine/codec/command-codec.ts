// Command codec: between a sequenced command as an object and its binary form in the journal
// (core/command-layout.ts says where each field lies). Encoding checks what no validated command may
// violate; decoding checks everything, because it stands where bytes come from outside: each
// command has exactly one binary form, and bytes that are not such a form are refused.

import {
  CLIENT_ORDER_ID_BYTES,
  CLIENT_ORDER_ID_LENGTH_MAX,
  isClientOrderId,
  packClientOrderId,
  unpackClientOrderId,
} from "../core/client-order-id.ts";
import type { Command, OrderReference, PlaceOrder, SequencedCommand } from "../core/command.ts";
import {
  ADD_ASSET,
  ADD_SYMBOL,
  ASSET_NAME_BYTES,
  CANCEL_CONDITIONS,
  COMMAND_BYTES,
  COMMAND_KIND,
  COMMAND_KIND_VERSION,
  COMMAND_VERSION,
  COMMAND_VERSION_MIN,
  COMMON,
  FUNDS,
  ORDER_TYPES,
  PLACE,
  REPLACE,
  SET_STATUS,
  SIDES,
  SYMBOL_NAME_BYTES,
  TARGET,
  TIMES_IN_FORCE,
  TRADING_STATUSES,
} from "../core/command-layout.ts";

/** Bytes, or values to be encoded, that are no command. The message names the field. */
export class CommandMalformed extends Error {
  constructor(what: string) {
    super(`malformed command: ${what}`);
    this.name = "CommandMalformed";
  }
}

export function encodeCommand(sequenced: SequencedCommand): Uint8Array {
  const { command, request } = sequenced;
  const kind = COMMAND_KIND[command.kind];
  const bytes = new Uint8Array(COMMAND_BYTES[kind] as number);
  const writer = new Writer(bytes);
  bytes[COMMON.version] = COMMAND_KIND_VERSION[command.kind] ?? COMMAND_VERSION_MIN;
  bytes[COMMON.kind] = kind;
  writer.u32(COMMON.sessionId, request.sessionId);
  writer.u32(COMMON.requestSeq, request.requestSeq);
  writer.number(COMMON.timestampUs, sequenced.timestampUs);
  writeBody(writer, command);
  return bytes;
}

/** @throws CommandMalformed */
export function decodeCommand(bytes: Uint8Array): SequencedCommand {
  const reader = new Reader(bytes);
  const sequenced: SequencedCommand = {
    request: {
      sessionId: reader.u32(COMMON.sessionId),
      requestSeq: reader.u32(COMMON.requestSeq),
    },
    timestampUs: reader.number(COMMON.timestampUs),
    command: readBody(reader),
  };
  // Padding, unused bits and lengths in one comparison: whatever the reader passed over differs.
  const canonical = encodeCommand(sequenced);
  for (let index = 0; index < canonical.length; index += 1)
    if (canonical[index] !== bytes[index]) throw new CommandMalformed(`byte ${index} is not used`);
  return sequenced;
}

/** The version from which on the code knows this command. */
export function commandVersionOf(command: Uint8Array): number {
  return commandVersionAt(command, 0);
}

/** Of the command that starts at `start`. */
export function commandVersionAt(bytes: Uint8Array, start: number): number {
  return bytes[start + COMMON.version] ?? 0;
}

/** The sequencer gives an encoded command its time. */
export function setTimestampUs(command: Uint8Array, timestampUs: number): void {
  new Writer(command).number(COMMON.timestampUs, timestampUs);
}

export function timestampUsOf(command: Uint8Array): number {
  return viewOf(command).getFloat64(COMMON.timestampUs, true);
}

export function sessionIdOf(command: Uint8Array): number {
  return viewOf(command).getUint32(COMMON.sessionId, true);
}

export function requestSeqOf(command: Uint8Array): number {
  return viewOf(command).getUint32(COMMON.requestSeq, true);
}

function writeBody(writer: Writer, command: Command): void {
  if ("accountId" in command) writer.i32(COMMON.accountId, command.accountId);
  switch (command.kind) {
    case "placeOrder":
      writePlace(writer, command);
      break;
    case "cancelOrder":
      writer.i32(COMMON.subjectId, command.symbolId);
      writer.code(TARGET.onlyIf, CANCEL_CONDITIONS, command.onlyIf);
      writeTarget(writer, TARGET, command.target);
      break;
    case "reduceOrder":
      writer.i32(COMMON.subjectId, command.symbolId);
      writer.number(TARGET.quantityLots, command.quantityLots);
      writeTarget(writer, TARGET, command.target);
      break;
    case "cancelAllOrders":
      writer.i32(COMMON.subjectId, command.symbolId);
      break;
    case "cancelReplaceOrder":
      writer.i32(COMMON.accountId, command.place.accountId);
      writePlace(writer, command.place);
      writer.code(REPLACE.onlyIf, CANCEL_CONDITIONS, command.cancel.onlyIf);
      writer.byte(REPLACE.stopOnFailure, command.stopOnFailure ? 1 : 0);
      writeTarget(writer, REPLACE, command.cancel.target);
      break;
    case "deposit":
    case "withdraw":
      writer.i32(COMMON.subjectId, command.assetId);
      writer.number(FUNDS.units, command.units);
      break;
    case "addAsset":
      writer.i32(COMMON.subjectId, command.assetId);
      writer.byte(ADD_ASSET.decimals, command.decimals);
      writer.name(ADD_ASSET.name, ASSET_NAME_BYTES, command.name);
      break;
    case "addSymbol":
      writer.i32(COMMON.subjectId, command.symbolId);
      writer.name(ADD_SYMBOL.name, SYMBOL_NAME_BYTES, command.name);
      writer.number(ADD_SYMBOL.lotUnits, command.lotUnits);
      writer.number(ADD_SYMBOL.tickUnitsPerLot, command.tickUnitsPerLot);
      writer.number(ADD_SYMBOL.priceTicksMax, command.priceTicksMax);
      writer.i32(ADD_SYMBOL.baseAssetId, command.baseAssetId);
      writer.i32(ADD_SYMBOL.quoteAssetId, command.quoteAssetId);
      writer.i32(ADD_SYMBOL.makerFeePpm, command.makerFeePpm);
      writer.i32(ADD_SYMBOL.takerFeePpm, command.takerFeePpm);
      break;
    case "setTradingStatus":
      writer.i32(COMMON.subjectId, command.symbolId);
      writer.code(SET_STATUS.status, TRADING_STATUSES, command.status);
      break;
    case "openAccount":
    case "tick":
      break;
    default:
      throw new CommandMalformed(`no kind ${JSON.stringify(command satisfies never)}`);
  }
}

function writePlace(writer: Writer, place: Omit<PlaceOrder, "kind">): void {
  writer.i32(COMMON.subjectId, place.symbolId);
  writer.code(PLACE.side, SIDES, place.side);
  writer.code(PLACE.type, ORDER_TYPES, place.type);
  writer.code(PLACE.timeInForce, TIMES_IN_FORCE, place.timeInForce);
  writer.number(PLACE.priceTicks, place.priceTicks);
  writer.number(PLACE.quantityLots, place.quantityLots);
  writer.number(PLACE.quoteUnits, place.quoteUnits);
  writer.clientOrderId(PLACE.clientOrderId, place.clientOrderId);
}

interface TargetPlace {
  readonly orderId: number;
  readonly clientOrderId: number;
}

function writeTarget(writer: Writer, place: TargetPlace, target: OrderReference): void {
  writer.number(place.orderId, target.orderId);
  if (target.clientOrderId !== "") writer.clientOrderId(place.clientOrderId, target.clientOrderId);
  else if (target.orderId === 0) throw new CommandMalformed("no order is named");
}

function readBody(reader: Reader): Command {
  const accountId = reader.i32(COMMON.accountId);
  switch (reader.kind) {
    case COMMAND_KIND.placeOrder:
      return { kind: "placeOrder", ...readPlace(reader) };
    case COMMAND_KIND.cancelOrder:
      return {
        kind: "cancelOrder",
        accountId,
        symbolId: reader.i32(COMMON.subjectId),
        target: readTarget(reader, TARGET),
        onlyIf: reader.code(TARGET.onlyIf, CANCEL_CONDITIONS),
      };
    case COMMAND_KIND.reduceOrder:
      return {
        kind: "reduceOrder",
        accountId,
        symbolId: reader.i32(COMMON.subjectId),
        target: readTarget(reader, TARGET),
        quantityLots: reader.number(TARGET.quantityLots),
      };
    case COMMAND_KIND.cancelAllOrders:
      return { kind: "cancelAllOrders", accountId, symbolId: reader.i32(COMMON.subjectId) };
    case COMMAND_KIND.cancelReplaceOrder:
      return {
        kind: "cancelReplaceOrder",
        stopOnFailure: reader.byte(REPLACE.stopOnFailure) !== 0,
        cancel: {
          target: readTarget(reader, REPLACE),
          onlyIf: reader.code(REPLACE.onlyIf, CANCEL_CONDITIONS),
        },
        place: readPlace(reader),
      };
    default:
      return readAdministrative(reader, accountId);
  }
}

function readAdministrative(reader: Reader, accountId: number): Command {
  const subjectId = reader.kind === COMMAND_KIND.openAccount ? 0 : reader.subjectId();
  switch (reader.kind) {
    case COMMAND_KIND.deposit:
      return { kind: "deposit", accountId, assetId: subjectId, units: reader.number(FUNDS.units) };
    case COMMAND_KIND.withdraw:
      return { kind: "withdraw", accountId, assetId: subjectId, units: reader.number(FUNDS.units) };
    case COMMAND_KIND.addAsset:
      return {
        kind: "addAsset",
        assetId: subjectId,
        name: reader.name(ADD_ASSET.name, ASSET_NAME_BYTES),
        decimals: reader.byte(ADD_ASSET.decimals),
      };
    case COMMAND_KIND.addSymbol:
      return {
        kind: "addSymbol",
        symbolId: subjectId,
        name: reader.name(ADD_SYMBOL.name, SYMBOL_NAME_BYTES),
        lotUnits: reader.number(ADD_SYMBOL.lotUnits),
        tickUnitsPerLot: reader.number(ADD_SYMBOL.tickUnitsPerLot),
        priceTicksMax: reader.number(ADD_SYMBOL.priceTicksMax),
        baseAssetId: reader.i32(ADD_SYMBOL.baseAssetId),
        quoteAssetId: reader.i32(ADD_SYMBOL.quoteAssetId),
        makerFeePpm: reader.i32(ADD_SYMBOL.makerFeePpm),
        takerFeePpm: reader.i32(ADD_SYMBOL.takerFeePpm),
      };
    case COMMAND_KIND.setTradingStatus:
      return {
        kind: "setTradingStatus",
        symbolId: subjectId,
        status: reader.code(SET_STATUS.status, TRADING_STATUSES),
      };
    case COMMAND_KIND.openAccount:
      return { kind: "openAccount", accountId };
    default:
      return { kind: "tick" };
  }
}

function readPlace(reader: Reader): Omit<PlaceOrder, "kind"> {
  return {
    accountId: reader.i32(COMMON.accountId),
    symbolId: reader.i32(COMMON.subjectId),
    side: reader.code(PLACE.side, SIDES),
    type: reader.code(PLACE.type, ORDER_TYPES),
    timeInForce: reader.code(PLACE.timeInForce, TIMES_IN_FORCE),
    priceTicks: reader.number(PLACE.priceTicks),
    quantityLots: reader.number(PLACE.quantityLots),
    quoteUnits: reader.number(PLACE.quoteUnits),
    clientOrderId: reader.clientOrderId(PLACE.clientOrderId),
  };
}

function readTarget(reader: Reader, place: TargetPlace): OrderReference {
  return {
    orderId: reader.number(place.orderId),
    clientOrderId: reader.clientOrderId(place.clientOrderId),
  };
}

class Writer {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  byte(offset: number, value: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value <= 255))
      throw new CommandMalformed(`${value} at ${offset} is no byte`);
    this.bytes[offset] = value;
  }

  u32(offset: number, value: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value < 2 ** 32))
      throw new CommandMalformed(`${value} at ${offset} is no 32-bit number`);
    this.view.setUint32(offset, value, true);
  }

  i32(offset: number, value: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value < 2 ** 31))
      throw new CommandMalformed(`${value} at ${offset} is no 31-bit number`);
    this.view.setInt32(offset, value, true);
  }

  number(offset: number, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0))
      throw new CommandMalformed(`${value} at ${offset} is no safe integer`);
    this.view.setFloat64(offset, value, true);
  }

  code<T extends string>(offset: number, names: readonly T[], name: T): void {
    const code = names.indexOf(name);
    if (code < 0) throw new CommandMalformed(`"${name}" is none of ${names.join(", ")}`);
    this.bytes[offset] = code;
  }

  name(offset: number, bytesMax: number, name: string): void {
    if (!/^[A-Z0-9]+$/.test(name) || name.length > bytesMax)
      throw new CommandMalformed(`"${name}" is no name of at most ${bytesMax} characters`);
    for (let index = 0; index < name.length; index += 1)
      this.bytes[offset + index] = name.charCodeAt(index);
  }

  clientOrderId(offset: number, id: string): void {
    if (!isClientOrderId(id)) throw new CommandMalformed(`"${id}" is no client order id`);
    packClientOrderId(id, this.bytes, offset);
  }
}

class Reader {
  readonly kind: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    if (bytes.length < COMMON.subjectId) throw new CommandMalformed("shorter than any command");
    const version = bytes[COMMON.version] as number;
    if (version < COMMAND_VERSION_MIN || version > COMMAND_VERSION)
      throw new CommandMalformed(`version ${version} is not known`);
    this.kind = bytes[COMMON.kind] as number;
    const length = this.kind === 0 ? undefined : COMMAND_BYTES[this.kind];
    if (length === undefined) throw new CommandMalformed(`no kind ${this.kind}`);
    if (bytes.length !== length)
      throw new CommandMalformed(`${bytes.length} bytes where kind ${this.kind} has ${length}`);
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** Commands of the common length have none. */
  subjectId(): number {
    return this.bytes.length > COMMON.subjectId ? this.i32(COMMON.subjectId) : 0;
  }

  byte(offset: number): number {
    return this.bytes[offset] as number;
  }

  u32(offset: number): number {
    return this.view.getUint32(offset, true);
  }

  i32(offset: number): number {
    return this.view.getInt32(offset, true);
  }

  number(offset: number): number {
    return this.view.getFloat64(offset, true);
  }

  code<T extends string>(offset: number, names: readonly T[]): T {
    const name = names[this.bytes[offset] as number];
    if (name === undefined)
      throw new CommandMalformed(`code ${this.bytes[offset]} at ${offset} is unknown`);
    return name;
  }

  name(offset: number, bytesMax: number): string {
    let name = "";
    for (let index = 0; index < bytesMax && this.bytes[offset + index] !== 0; index += 1)
      name += String.fromCharCode(this.bytes[offset + index] as number);
    return name;
  }

  clientOrderId(offset: number): string {
    const length = this.bytes[offset + CLIENT_ORDER_ID_BYTES - 1] as number;
    if (length > CLIENT_ORDER_ID_LENGTH_MAX)
      throw new CommandMalformed(`a client order id of ${length} characters`);
    return unpackClientOrderId(this.bytes, offset);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
