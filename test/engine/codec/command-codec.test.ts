import { expect } from "chai";
import fc from "fast-check";
import {
  CommandMalformed,
  decodeCommand,
  encodeCommand,
  requestSeqOf,
  sessionIdOf,
  setTimestampUs,
  timestampUsOf,
} from "../../../engine/codec/command-codec.ts";
import type { Command } from "../../../engine/core/command.ts";
import { property } from "../../support/property.ts";
import { randomCommands } from "../core/random-commands.ts";

const administrative: readonly Command[] = [
  { kind: "addAsset", assetId: 64, name: "ABCDEFGH1234", decimals: 8 },
  {
    kind: "addSymbol",
    symbolId: 3,
    name: "ABCDEFGHIJKLMNOPQRST",
    baseAssetId: 1,
    quoteAssetId: 2,
    lotUnits: Number.MAX_SAFE_INTEGER,
    tickUnitsPerLot: 1,
    priceTicksMax: 2 ** 31 - 1,
    makerFeePpm: 100,
    takerFeePpm: 1_000_000,
  },
];

const request = { sessionId: 2 ** 32 - 1, requestSeq: 2 ** 32 - 2 };
const timestampUs = 1_790_000_000_123_456;
const order: Command = {
  kind: "placeOrder",
  accountId: 1,
  symbolId: 1,
  side: "sell",
  type: "limitMaker",
  timeInForce: "gtc",
  priceTicks: 1,
  quantityLots: 2,
  quoteUnits: 0,
  clientOrderId: "azAZ09-_azAZ09-_azAZ09-_azAZ09-_azAZ",
};

describe("Command codec", () => {
  it("decodes what it encoded", () => {
    property(
      fc.property(randomCommands(20), (asked) => {
        for (const { command, request: of } of asked) {
          const sequenced = { request: of, timestampUs, command };
          expect(decodeCommand(encodeCommand(sequenced))).to.deep.equal(sequenced);
        }
      }),
      100,
    );
    for (const command of [...administrative, order]) {
      const sequenced = { request, timestampUs, command };
      expect(decodeCommand(encodeCommand(sequenced))).to.deep.equal(sequenced);
    }
  });

  it("decodes from the middle of a buffer at any alignment", () => {
    const sequenced = { request, timestampUs, command: order };
    const bytes = encodeCommand(sequenced);
    for (let offset = 0; offset < 8; offset += 1) {
      const buffer = new Uint8Array(bytes.length + 16).fill(255);
      buffer.set(bytes, offset);
      const within = buffer.subarray(offset, offset + bytes.length);
      expect(decodeCommand(within)).to.deep.equal(sequenced);
    }
  });

  it("carries client order ids of every length", () => {
    const id = fc.stringMatching(/^[a-zA-Z0-9_-]{1,36}$/);
    property(
      fc.property(id, (clientOrderId) => {
        const command = { ...order, clientOrderId };
        const decoded = decodeCommand(encodeCommand({ request, timestampUs, command }));
        expect(decoded.command).to.deep.equal(command);
      }),
      300,
    );
  });

  it("gives a command its time in place and reads who asked", () => {
    const bytes = encodeCommand({ request, timestampUs: 0, command: order });
    setTimestampUs(bytes, timestampUs);
    expect(timestampUsOf(bytes)).to.equal(timestampUs);
    expect(sessionIdOf(bytes)).to.equal(request.sessionId);
    expect(requestSeqOf(bytes)).to.equal(request.requestSeq);
    expect(decodeCommand(bytes)).to.deep.equal({ request, timestampUs, command: order });
  });

  it("decodes garbled bytes to the same bytes again, or refuses them", () => {
    property(
      fc.property(
        randomCommands(1),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (asked, at, flip) => {
          const [{ command }] = asked as [(typeof asked)[number]];
          const bytes = encodeCommand({ request, timestampUs, command });
          const index = at % bytes.length;
          bytes[index] = (bytes[index] as number) ^ flip;
          try {
            expect(encodeCommand(decodeCommand(bytes))).to.deep.equal(bytes);
          } catch (error) {
            expect(error).to.be.instanceOf(CommandMalformed);
          }
        },
      ),
      1000,
    );
  });

  const malformed: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array, string])[] = [
    ["a cut off command", (bytes) => bytes.subarray(0, bytes.length - 1), "bytes where kind"],
    ["an empty one", (bytes) => bytes.subarray(0, 0), "shorter"],
    ["another version", (bytes) => bytes.fill(9, 0, 1), "version 9"],
    ["an unknown kind", (bytes) => bytes.fill(99, 1, 2), "no kind 99"],
    ["kind zero", (bytes) => bytes.fill(0, 1, 2), "no kind 0"],
    ["an unknown side", (bytes) => bytes.fill(2, 28, 29), "code 2"],
    ["used padding", (bytes) => bytes.fill(1, 2, 3), "not used"],
    ["a number that is none", (bytes) => bytes.fill(255, 32, 40), "no safe integer"],
    ["a client order id that is too long", (bytes) => bytes.fill(37, 83, 84), "37 characters"],
    ["an empty client order id", (bytes) => bytes.fill(0, 56, 84), "no client order id"],
  ];
  for (const [what, garble, message] of malformed)
    it(`refuses ${what}`, () => {
      const bytes = garble(encodeCommand({ request, timestampUs, command: order }));
      expect(() => decodeCommand(bytes)).to.throw(CommandMalformed, message);
    });

  it("refuses to encode what no gateway lets through", () => {
    const target = { orderId: 0, clientOrderId: "" };
    const commands: readonly Command[] = [
      { ...order, priceTicks: -1 },
      { ...order, quantityLots: 1.5 },
      { ...order, clientOrderId: "with space" },
      { ...order, accountId: 2 ** 31 },
      { kind: "cancelOrder", accountId: 1, symbolId: 1, target, onlyIf: "any" },
      { kind: "addAsset", assetId: 1, name: "lower", decimals: 1 },
    ];
    for (const command of commands)
      expect(() => encodeCommand({ request, timestampUs, command })).to.throw(CommandMalformed);
  });
});
