// What goes wrong between and inside of two regions: the border is cut or loses messages, processes die, a whole
// region is lost and comes back, the register is out of reach; and operators act meanwhile. Each ends by
// itself, or with `heal`.

import { RegionOperators } from "./region-operators.ts";
import { distance } from "./region-settings.ts";
import type { RegionSite } from "./region-site.ts";
import type { RegionWorld } from "./region-world.ts";

export class RegionFaults {
  readonly operators: RegionOperators;
  readonly counts = new Map<string, number>();
  private readonly world: RegionWorld;
  private isOver = false;

  constructor(world: RegionWorld) {
    this.world = world;
    this.operators = new RegionOperators(world);
  }

  begin(): void {
    const { schedule, prng } = this.world;
    if (this.isOver) return;
    this.strike();
    schedule.after(prng.tail(30, 200, 1_000), () => this.begin());
  }

  heal(): void {
    this.isOver = true;
    const { world } = this;
    world.register.isReachable = true;
    world.setBorderCut(false);
    world.border.setClimate(distance);
    for (const site of world.sites) {
      site.network.heal();
      site.redis.heal();
      for (const engine of site.engines) engine.start();
      site.connectEngines();
    }
  }

  private strike(): void {
    const { prng, sites } = this.world;
    const site = prng.pick(sites);
    const [name, strike] = prng.weighted<[string, () => unknown]>([
      [4, ["border", () => this.cutBorder()]],
      [2, ["loss", () => this.loseMessages()]],
      [5, ["crash", () => this.crash(site)]],
      [1, ["region", () => this.loseRegion(site)]],
      [2, ["register", () => this.loseRegister()]],
      [2, ["partition", () => this.partition(site)]],
      [4, ["move", () => this.operators.moveAsPlanned()]],
      [2, ["drained-crash", () => this.crashWhileDrained()]],
      [3, ["failover", () => this.operators.failOver()]],
      [3, ["loss-failover", () => this.loseAndFailOver()]],
    ]);
    if (strike() === false) return;
    this.world.trace(() => `fault: ${name}`);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  private for(minMs: number, maxMs: number, end: () => void): void {
    const { schedule, prng } = this.world;
    schedule.after(prng.between(minMs, maxMs), () => {
      if (!this.isOver) end();
    });
  }

  private cutBorder(): void {
    this.world.setBorderCut(true);
    this.for(50, 900, () => this.world.setBorderCut(false));
  }

  private loseMessages(): void {
    this.world.border.setClimate({ ...distance, loss: this.world.prng.between(0.1, 0.6) });
    this.for(100, 800, () => this.world.border.setClimate(distance));
  }

  private crash(site: RegionSite): void {
    const engine = this.world.prng.pick(site.engines);
    engine.crash();
    this.for(20, 500, () => engine.start());
  }

  private loseRegion(site: RegionSite): void {
    site.lose();
    this.for(300, 1_800, () => site.revive());
  }

  /** A planned move that takes its time behind a cut border, and a drained engine that starts again meanwhile. */
  private crashWhileDrained(): boolean {
    const { world } = this;
    const now = world.register.read();
    if (now === null || !this.operators.moveAsPlanned()) return false;
    world.setBorderCut(true);
    this.for(1_500, 2_600, () => world.setBorderCut(false));
    this.for(5, 80, () => this.crash(world.site(now.region)));
    return true;
  }

  private loseRegister(): void {
    this.world.register.isReachable = false;
    this.for(100, 900, () => {
      this.world.register.isReachable = true;
    });
  }

  private partition(site: RegionSite): void {
    const { network, engines } = site;
    const [one, other] = this.world.prng.pick([
      ["1", "2"],
      ["1", "redis"],
      ["2", "redis"],
    ] as const);
    const nameOf = (end: string) =>
      end === "redis" ? end : (engines[Number(end) - 1]?.name ?? end);
    const setCut = (isCut: boolean) => {
      network.setCut(nameOf(one), nameOf(other), isCut);
      network.setCut(nameOf(other), nameOf(one), isCut);
    };
    setCut(true);
    this.for(50, 500, () => {
      setCut(false);
      site.connectEngines();
    });
  }

  /** The border goes silent, the region that leads is opened elsewhere, and goes on or dies. */
  private loseAndFailOver(): boolean {
    const { register, prng, schedule } = this.world;
    const now = register.read();
    if (now === null) return false;
    const old = this.world.site(now.region);
    this.cutBorder();
    if (prng.chance(0.4)) this.loseRegion(old);
    else if (prng.chance(0.5)) this.crash(old);
    schedule.after(prng.between(0, 200), () => {
      if (!this.isOver) this.operators.failOver();
    });
    return true;
  }
}
