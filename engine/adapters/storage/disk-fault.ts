// What the disk says when it takes no more: the engine ends with one clear line, the other one goes
// on, and a start after the fault is mended takes up the log (an unfinished write at its end is cut).

import { CastleError } from "../../errors.ts";

const faults = new Map([
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EFBIG", "a file would grow beyond its limit"],
  ["EIO", "the disk reports an error"],
  ["EROFS", "the disk can only be read"],
]);

/** `null` where it is no fault of a disk. */
export function diskFaultOf(error: unknown): CastleError | null {
  if (!(error instanceof Error)) return null;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const fault = faults.get(code ?? "");
  if (fault === undefined) return null;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const where = path === undefined ? "" : ` at ${path}`;
  const text = `${fault} (${syscall ?? "write"}${where}); the engine ends rather than guess what was written`;
  return new CastleError(
    isFull ? "DISK_FULL" : "DISK_FAILED",
    text,
    { code, path },
    { cause: error },
  );
}
