import { expect } from "chai";
import fc from "fast-check";
import {
  MALFORMED,
  OFF_SCALE,
  parseDecimal,
  parseStep,
  printDecimal,
  printWide,
  TOO_LARGE,
  TOO_PRECISE,
} from "../../../../engine/adapters/gateway/decimal.ts";

describe("Decimal", () => {
  const parses: [text: string, decimals: number, value: number, why: string][] = [
    ["1", 2, 100, "whole numbers are scaled"],
    ["0.01", 2, 1, "the smallest step"],
    ["00012.5", 1, 125, "leading zeros mean nothing"],
    ["1.50000000", 1, 15, "trailing zeros mean nothing"],
    ["1.500000000000", 1, 15, "however many there are"],
    ["90071992547409.91", 2, Number.MAX_SAFE_INTEGER, "the largest value"],
    ["90071992547409.92", 2, TOO_LARGE, "one more is not exact"],
    ["99999999999999999999", 0, TOO_LARGE, "far too large"],
    ["99999999999999999999.99999999", 8, TOO_LARGE, "far too large with a fraction"],
    ["1.001", 2, OFF_SCALE, "finer than the scale"],
    ["1.00000001", 2, OFF_SCALE, "eight digits are a question of the filter"],
    ["1.000000001", 2, TOO_PRECISE, "nine digits are too precise for any asset"],
    ["1.001000001", 2, TOO_PRECISE, "too precise wins over off scale"],
    ["0.1", 0, OFF_SCALE, "no fraction where there are no decimals"],
    ["", 2, MALFORMED, "empty"],
    [".5", 2, MALFORMED, "no digit before the point"],
    ["5.", 2, MALFORMED, "no digit after the point"],
    ["1.2.3", 2, MALFORMED, "two points"],
    ["-1", 2, MALFORMED, "no sign"],
    ["+1", 2, MALFORMED, "no sign"],
    ["1e5", 2, MALFORMED, "no exponent"],
    [" 1", 2, MALFORMED, "no space"],
    ["1,5", 2, MALFORMED, "no comma"],
    ["0x10", 2, MALFORMED, "no hexadecimal"],
    ["١", 2, MALFORMED, "no digits of other scripts"],
    ["NaN", 2, MALFORMED, "not a number"],
    ["Infinity", 2, MALFORMED, "nor this"],
    ["111111111111111111111", 2, MALFORMED, "more digits than the API takes"],
    ["0.000000000000000000001", 2, MALFORMED, "more fractional digits than the API takes"],
  ];
  for (const [text, decimals, value, why] of parses)
    it(`reads ${JSON.stringify(text)} at ${decimals} decimals as ${value}: ${why}`, () => {
      expect(parseDecimal(text, decimals)).to.equal(value);
    });

  it("prints eight fractional digits always", () => {
    expect(printDecimal(0, 0)).to.equal("0.00000000");
    expect(printDecimal(5, 0)).to.equal("5.00000000");
    expect(printDecimal(1, 8)).to.equal("0.00000001");
    expect(printDecimal(-150, 2)).to.equal("-1.50000000");
    expect(printDecimal(Number.MAX_SAFE_INTEGER, 8)).to.equal("90071992.54740991");
  });

  it("reads back what it printed, for every safe integer and scale", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(8), (value, decimals) => {
        expect(parseDecimal(printDecimal(value, decimals), decimals)).to.equal(value);
      }),
    );
  });

  it("prints what big integers say", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(8), (value, decimals) => {
        expect(printDecimal(value, decimals)).to.equal(printWide(BigInt(value), decimals));
      }),
    );
  });

  it("reads what exact arithmetic reads, or says why not", () => {
    const digits = fc.stringMatching(/^[0-9]{1,18}$/);
    const text = fc.oneof(
      digits,
      fc.tuple(digits, digits).map(([a, b]) => `${a}.${b}`),
    );
    fc.assert(
      fc.property(text, fc.nat(8), (decimal, decimals) => {
        const [whole = "", fraction = ""] = decimal.split(".");
        const scaled = BigInt(whole + fraction.padEnd(20, "0"));
        const unit = 10n ** BigInt(20 - decimals);
        const read = parseDecimal(decimal, decimals);
        if (scaled % 10n ** 12n !== 0n) expect(read).to.equal(TOO_PRECISE);
        else if (scaled % unit !== 0n) expect(read).to.equal(OFF_SCALE);
        else if (scaled / unit > BigInt(Number.MAX_SAFE_INTEGER)) expect(read).to.equal(TOO_LARGE);
        else expect(read).to.equal(Number(scaled / unit));
      }),
    );
  });

  it("never throws and never returns a fraction, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(8), (text, decimals) => {
        expect(Number.isSafeInteger(parseDecimal(text, decimals))).to.equal(true);
      }),
    );
  });

  it("prints sums beyond the safe integers", () => {
    expect(printWide(123_456_789_012_345_678_901n, 6)).to.equal("123456789012345.67890100");
    expect(printWide(-5n, 3, 3)).to.equal("-0.005");
  });

  it("finds the scale of a step", () => {
    expect(parseStep("0.01")).to.deep.equal({ decimals: 2, step: 1 });
    expect(parseStep("0.25000000")).to.deep.equal({ decimals: 2, step: 25 });
    expect(parseStep("10")).to.deep.equal({ decimals: 0, step: 10 });
  });
});
