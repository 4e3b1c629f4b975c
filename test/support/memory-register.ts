// The register in memory: a fake for tests of what stands above it. One record a shard, and faults on
// demand: unreachable, or an answer lost after the write.

import { FailoverError } from "../../failover/errors.ts";
import type {
  Membership,
  MembershipChange,
  MembershipRegister,
} from "../../failover/membership.ts";
import type { FirstLeadership, Leadership, Move, Register } from "../../failover/register.ts";

type Stored = Leadership & { readonly previous: string };

export class MemoryRegister implements Register, MembershipRegister {
  readonly moves: Move[] = [];
  /** Every call fails, and changes nothing. */
  isUnreachable = false;
  /** The next write happens, and its answer is lost. */
  losesNextAnswer = false;
  private readonly memberships = new Map<string, Membership>();
  private readonly records = new Map<string, Stored>();
  private readonly nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.nowMs = nowMs;
  }

  async read(shard: string, signal: AbortSignal): Promise<Leadership | null> {
    this.reach(signal);
    return asLeadership(this.records.get(shard)) ?? null;
  }

  async open(first: FirstLeadership, signal: AbortSignal): Promise<Leadership> {
    this.reach(signal);
    const there = this.records.get(first.shard);
    if (there !== undefined) return asLeadership(there);
    return this.write({ ...first, term: 1, sinceTerm: 1, previous: "", atMs: this.nowMs() });
  }

  async move(move: Move, signal: AbortSignal): Promise<Leadership> {
    this.reach(signal);
    this.moves.push(move);
    const { shard, from, toRegion, by, reason } = move;
    const there = this.records.get(shard);
    const next = { shard, region: toRegion, term: from.term + 1, by, reason };
    if (there?.term === from.term && there.region === from.region) {
      const sinceTerm = toRegion === from.region ? there.sinceTerm : next.term;
      return this.write({ ...next, sinceTerm, previous: from.region, atMs: this.nowMs() });
    }
    const isRepeat =
      there?.term === next.term &&
      there.previous === from.region &&
      there.region === toRegion &&
      there.by === by &&
      there.reason === reason;
    if (isRepeat) return asLeadership(there);
    throw new FailoverError("REGISTER_CONFLICT", `${from.region} does not lead ${shard}`, {
      there,
    });
  }

  async readMembers(
    shard: string,
    region: string,
    signal: AbortSignal,
  ): Promise<Membership | null> {
    this.reach(signal);
    return this.memberships.get(`${shard}#${region}`) ?? null;
  }

  async changeMembers(change: MembershipChange, signal: AbortSignal): Promise<Membership> {
    this.reach(signal);
    const { fromVersion, ...rest } = change;
    const key = `${change.shard}#${change.region}`;
    const there = this.memberships.get(key);
    const next = { ...rest, version: fromVersion + 1, atMs: this.nowMs() };
    if ((there?.version ?? 0) === fromVersion) {
      this.memberships.set(key, next);
      if (this.losesNextAnswer) {
        this.losesNextAnswer = false;
        throw unreachable();
      }
      return next;
    }
    if (JSON.stringify(there) === JSON.stringify(next)) return next;
    throw new FailoverError("REGISTER_CONFLICT", `members of ${key} are another version`, {
      there,
    });
  }

  private write(record: Stored): Leadership {
    this.records.set(record.shard, record);
    if (this.losesNextAnswer) {
      this.losesNextAnswer = false;
      throw unreachable();
    }
    return asLeadership(record);
  }

  private reach(signal: AbortSignal): void {
    if (this.isUnreachable || signal.aborted) throw unreachable();
  }
}

function asLeadership(stored: Stored): Leadership;
function asLeadership(stored: Stored | undefined): Leadership | undefined;
function asLeadership(stored: Stored | undefined): Leadership | undefined {
  if (stored === undefined) return undefined;
  const { previous: _, ...leadership } = stored;
  return leadership;
}

const unreachable = () => new FailoverError("REGISTER_UNREACHABLE", "the register does not answer");
