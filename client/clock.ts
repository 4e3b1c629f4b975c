// The wall clock with a fraction of a millisecond. It never steps back within a process, and the
// processes of one machine read the same one.

export function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}
