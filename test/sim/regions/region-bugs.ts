// Planted bugs of regions: each breaks one rule that two regions stand on. Planted for the whole thread.

import { CastleError } from "../../../engine/errors.ts";
import { Candidate } from "../../../engine/replication/candidate.ts";
import type { Append } from "../../../engine/replication/messages.ts";
import type { RegionStanding } from "../../../engine/replication/region.ts";
import { type RegionFeed, RegionFollower } from "../../../engine/replication/region-follower.ts";
import { RegionMoves } from "../../../engine/replication/region-moves.ts";
import { RegionState } from "../../../engine/replication/region-state.ts";
import { commonPosition } from "../../../engine/replication/replica-log.ts";
import { Standby } from "../../../engine/replication/standby.ts";
import { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "../bugs/plant.ts";

function plantGetter<Self>(
  owner: { readonly prototype: object },
  name: string,
  wrong: (self: Self) => unknown,
): void {
  const was = Reflect.getOwnPropertyDescriptor(owner.prototype, name)?.get;
  if (was === undefined) throw new Error(`there is no ${name} to break`);
  Reflect.defineProperty(owner.prototype, name, {
    configurable: true,
    get(this: Self) {
      return wrong(this);
    },
  });
}

type Voter = Parameters<typeof commonPosition>[1];

interface Staged {
  readonly stage: { readonly state: ReplicaState };
}

/** By name: what is wrong, and how it is made so. */
export const regionBugs: Readonly<Record<string, { what: string; plant: () => void }>> = {
  "term-not-in-epoch": {
    what: "A region that opens does not lift its epochs above those of the terms before.",
    plant: () =>
      plantIn<ReplicaState>(ReplicaState, "enterTerm", () => (self, standing: RegionStanding) => {
        self.region.enter(standing);
      }),
  },
  "drain-not-remembered": {
    what: "An engine that starts again has forgotten that its region was drained in this term.",
    plant: () => {
      const told = new WeakSet<RegionState>();
      plantIn<RegionState>(RegionState, "enter", (enter) => (self, standing: RegionStanding) => {
        if (standing.isDrained && !self.standing.isDrained) told.add(self);
        enter(self, standing);
      });
      plantGetter<RegionState>(
        RegionState,
        "isDrained",
        (self) => self.standing.isDrained && told.has(self),
      );
    },
  },
  "drained-stands": {
    what: "A drained engine stands for election, and goes on behind the end that it named.",
    plant: () =>
      plantGetter<ReplicaState>(ReplicaState, "isHeldBack", ({ region, isCheckpointWrong }) => {
        return !region.isConfirmed || isCheckpointWrong;
      }),
  },
  "sync-released-early": {
    what: "In region-sync what is committed leaves the region before the other one has answered.",
    plant: () =>
      plantIn<RegionState>(RegionState, "released", () => (_self, committed: number) => committed),
  },
  "follower-cuts": {
    what: "A region that follows cuts its log where the leading one's differs.",
    plant: () => plantIn<RegionFollower>(RegionFollower, "agreesWith", () => () => true),
  },
  "past-answered": {
    what: "A region that follows answers for entries that lie before all that its log still has.",
    plant: () =>
      plantIn<RegionFollower>(RegionFollower, "take", (take) => (self, feed: RegionFeed) => {
        const taken = take(self, feed);
        return taken === "past" ? "taken" : taken;
      }),
  },
  "left-out-unseen": {
    what: "An engine that the other region's lead left out takes its checkpoint for a part of every log.",
    plant: () => {
      plantGetter<Standby>(Standby, "isBaseCertain", () => true);
      plantIn<Staged>(Standby, "isOverruled", (isOverruled) => (self, message: Append) => {
        const { forcedEpoch } = self.stage.state.log;
        return message.forcedEpoch > forcedEpoch && isOverruled(self, message);
      });
      plantIn<Staged>(Candidate, "readOn", () => (self, voter: Voter) => {
        const from = commonPosition(self.stage.state.log, voter) + 1;
        Reflect.apply(Reflect.get(self, "read"), self, [from]);
      });
    },
  },
  "unconfirmed-stands": {
    what: "A region that starts again stands for election before it was told that it still leads.",
    plant: () =>
      plantGetter<ReplicaState>(ReplicaState, "isHeldBack", ({ region, isCheckpointWrong }) => {
        return region.isDrained || isCheckpointWrong;
      }),
  },
  "follower-stays": {
    what: "An engine that hears that the other region leads goes on serving.",
    plant: () =>
      plantIn<Staged>(RegionMoves, "follow", () => (self, standing: RegionStanding) => {
        self.stage.state.enterTerm(standing);
      }),
  },
};

/** @throws CastleError CONFIG_INVALID where there is no such bug */
export function plantRegionBug(name: string): void {
  const bug = regionBugs[name];
  if (bug === undefined) {
    const known = Object.keys(regionBugs).join(", ");
    throw new CastleError("CONFIG_INVALID", `there is no bug of regions named ${name}: ${known}`);
  }
  bug.plant();
}
