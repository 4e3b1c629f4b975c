// RegionLag: how far one region is behind the other, in entries and in milliseconds. Samples of how
// far the source was, and when; what the target has answered for is forgotten.

export interface Lag {
  readonly entries: number;
  /** Age of the oldest entry that the other region is not known to have. */
  readonly ms: number;
}

interface Sample {
  readonly position: number;
  readonly atMs: number;
}

/** Beyond it two samples become one, and later ones lie twice as far apart: 0.2 % of the span. */
const samplesMax = 1_024;
/** Samples closer together than this are one, at first. */
const sampleIntervalMs = 5;

export class RegionLag {
  private samples: Sample[] = [];
  private intervalMs = sampleIntervalMs;
  private target = 0;
  private source = 0;

  /** The source has come to `position`. */
  advance(position: number, nowMs: number): void {
    if (position <= this.source) return;
    this.source = position;
    if (position <= this.target) return;
    const last = this.samples.at(-1);
    if (last !== undefined && nowMs - last.atMs < this.intervalMs) {
      // The older time stays: never too little.
      this.samples[this.samples.length - 1] = { position, atMs: last.atMs };
      return;
    }
    this.samples.push({ position, atMs: nowMs });
    if (this.samples.length <= samplesMax) return;
    this.intervalMs *= 2;
    this.samples = this.samples
      .map((sample, index) => ({ ...sample, atMs: this.samples[index - 1]?.atMs ?? sample.atMs }))
      .filter((_, index) => index % 2 === 1);
  }

  /** The target has everything up to `position`. */
  answer(position: number): void {
    this.target = Math.max(this.target, position);
    const open = this.samples.findIndex((sample) => sample.position > this.target);
    this.samples = open < 0 ? [] : this.samples.slice(open);
    if (open < 0) this.intervalMs = sampleIntervalMs;
  }

  /** The target is another one, which has not said yet how far it is. */
  forget(): void {
    this.samples = [];
    this.target = 0;
    this.source = 0;
  }

  at(nowMs: number): Lag {
    const oldest = this.samples[0];
    return {
      entries: Math.max(0, this.source - this.target),
      ms: oldest === undefined ? 0 : Math.max(0, Math.round(nowMs - oldest.atMs)),
    };
  }
}
