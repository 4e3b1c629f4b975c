import { expect } from "chai";
import fc from "fast-check";
import { feeUnits, wholeLots } from "../../../engine/core/money.ts";
import { property } from "../../support/property.ts";

describe("Money", () => {
  const amount = fc.oneof(
    fc.maxSafeNat(),
    fc.integer({ min: 0, max: 9_007_199_254 }).map((millions) => millions * 1_000_000 - 1),
    fc.constant(Number.MAX_SAFE_INTEGER),
  );

  it("computes fees to the unit at any size, rounded up", () => {
    property(
      fc.property(amount, fc.integer({ min: 0, max: 1_000_000 }), (units, ppm) => {
        if (units < 0) return;
        const exact = (BigInt(units) * BigInt(ppm) + 999_999n) / 1_000_000n;
        expect(BigInt(feeUnits(units, ppm))).to.equal(exact);
      }),
      5000,
    );
  });

  it("counts whole lots to the unit at any size", () => {
    property(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (units, price) => {
        const unitsPerLot = Math.max(1, price);
        const exact = BigInt(units) / BigInt(unitsPerLot);
        expect(BigInt(wholeLots(units, unitsPerLot))).to.equal(exact);
      }),
      5000,
    );
  });
});
