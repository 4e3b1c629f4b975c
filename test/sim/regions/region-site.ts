// RegionSite: one region of a run: two engines and a Redis on a network of its own, and the controller that
// tells its engines what the register says.

import type { Capacity } from "../../../engine/core/instrument.ts";
import { Network } from "../network.ts";
import { Oracle } from "../oracle.ts";
import { SimRedis } from "../sim-redis.ts";
import { RegionEngine } from "./region-engine.ts";
import type { RegionWorld } from "./region-world.ts";

export type SiteName = "prod" | "dr";

const controllerMs = 100;

export class RegionSite {
  readonly name: SiteName;
  readonly network: Network;
  readonly redis: SimRedis;
  readonly engines: readonly RegionEngine[];
  private readonly world: RegionWorld;

  constructor(name: SiteName, world: RegionWorld, limits: { capacity: Capacity; bytes: number }) {
    this.name = name;
    this.world = world;
    this.network = new Network(world.schedule, world.prng);
    const { schedule, prng } = world;
    // It only tells of a Redis that lacks entries behind its snapshot.
    const inner = new Oracle(limits.capacity);
    this.redis = new SimRedis(schedule, this.network, prng, inner, limits.bytes);
    this.engines = [new RegionEngine(1, this, world), new RegionEngine(2, this, world)];
    this.control();
  }

  private control(): void {
    this.tellEngines();
    this.world.schedule.after(this.world.prng.between(0.5, 1.5) * controllerMs, () =>
      this.control(),
    );
  }

  /** Nothing is told while the register is out of reach. */
  tellEngines(): void {
    const { register } = this.world;
    const now = register.read();
    if (now === null) return;
    for (const engine of this.engines) {
      engine.tell(now.region === this.name ? "active" : "dr", now);
    }
  }

  /** Its two engines are there, and follow in the register's term as far as they say. */
  mayOpen(term: number): boolean {
    return this.engines.every(
      ({ replica, term: told }) =>
        replica?.role === "dr" && !replica.regions.isDiverged && told === term,
    );
  }

  /** Both ends see a new connection, where both live and nothing is cut. */
  connectEngines(): void {
    const [one, other] = this.engines as [RegionEngine, RegionEngine];
    const isCut = this.network.isCut(one.name, other.name);
    if (one.process === null || other.process === null || isCut) return;
    one.connectPeer();
    other.connectPeer();
  }

  get serving(): RegionEngine | undefined {
    return this.engines.find(({ replica }) => replica?.isServing === true);
  }

  /** Every process at once. Redis comes back with its data, as another instance. */
  lose(): void {
    for (const engine of this.engines) engine.crash();
    this.redis.setDown(true);
  }

  revive(): void {
    this.redis.heal();
    this.redis.restart(null);
    for (const engine of this.engines) engine.start();
  }
}
