// The process's clocks. Durations come from the monotonic one; what people and other nodes read
// comes from the wall clock, which on one machine is common to all processes.

export interface Clock {
  /** Monotonic milliseconds, with a fraction. */
  nowMs(): number;
  /** Milliseconds since the epoch, with a fraction; never steps while the process lives. */
  wallMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => performance.timeOrigin + performance.now(),
};
