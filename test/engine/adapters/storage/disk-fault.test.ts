import { expect } from "chai";
import { diskFaultOf } from "../../../../engine/adapters/storage/disk-fault.ts";

const faultOf = (code: string) =>
  diskFaultOf(Object.assign(new Error(code), { code, syscall: "writev", path: "/d/log/1.log" }));

describe("Disk fault", () => {
  for (const [code, expected] of [
    ["ENOSPC", "DISK_FULL"],
    ["EDQUOT", "DISK_FULL"],
    ["EIO", "DISK_FAILED"],
    ["EROFS", "DISK_FAILED"],
    ["EFBIG", "DISK_FAILED"],
  ] as const) {
    it(`calls ${code} ${expected}, and says where it happened`, () => {
      expect(faultOf(code)).to.include({ code: expected });
      expect(faultOf(code)?.message).to.include("(writev at /d/log/1.log)");
    });
  }

  it("leaves alone what is no fault of a disk", () => {
    expect(faultOf("ECONNRESET")).to.equal(null);
    expect(diskFaultOf(new Error("a bug"))).to.equal(null);
    expect(diskFaultOf("thrown")).to.equal(null);
  });
});
