// RegionWorld: one run of two regions over one clock and one source of chance: the sites, the border between
// them, the register, clients that deposit at whoever serves, operators and faults.

import { encodeCommand } from "../../../engine/codec/command-codec.ts";
import type { Command } from "../../../engine/core/command.ts";
import { Network } from "../network.ts";
import { Prng } from "../prng.ts";
import { Schedule } from "../schedule.ts";
import { RegionOracle } from "./region-oracle.ts";
import { RegionRegister } from "./region-register.ts";
import { capacity, distance, settings } from "./region-settings.ts";
import { RegionSite } from "./region-site.ts";

/** Apart from the streams of the other simulator's seeds. */
const ofRegions = 7_001;

const genesis: readonly Command[] = [
  { kind: "addAsset", assetId: 1, name: "BTC", decimals: 8 },
  { kind: "openAccount", accountId: 1 },
];

export class RegionWorld {
  readonly prng: Prng;
  readonly schedule = new Schedule();
  readonly border: Network;
  readonly oracle = new RegionOracle();
  readonly register: RegionRegister;
  readonly isSync: boolean;
  readonly sites: readonly RegionSite[];
  private readonly print: ((line: string) => void) | null;
  private requests = 0;

  constructor(seed: number, print: ((line: string) => void) | null) {
    this.print = print;
    this.prng = Prng.of(seed, ofRegions);
    this.isSync = this.prng.chance(0.5);
    this.border = new Network(this.schedule, this.prng);
    this.border.setClimate(distance);
    this.register = new RegionRegister(this.oracle);
    const limits = { capacity, bytes: settings.messageBytesMax };
    this.sites = [new RegionSite("prod", this, limits), new RegionSite("dr", this, limits)];
    for (const { engines } of this.sites) for (const engine of engines) engine.start();
  }

  get nowMs(): number {
    return this.schedule.nowMs;
  }

  trace(line: () => string): void {
    if (this.print !== null) this.print(`${this.nowMs.toFixed(2).padStart(9)} ${line()}`);
  }

  site(name: RegionSite["name"]): RegionSite {
    return this.sites.find((site) => site.name === name) as RegionSite;
  }

  otherOf(site: RegionSite): RegionSite {
    return this.sites.find((one) => one !== site) as RegionSite;
  }

  setBorderCut(isCut: boolean): void {
    for (const here of this.sites) {
      for (const { name: from } of here.engines) {
        for (const { name: to } of this.otherOf(here).engines) this.border.setCut(from, to, isCut);
      }
    }
  }

  /** One command to whoever serves: in the two-region window, to both. */
  trade(): void {
    for (const site of this.sites) {
      this.requests++;
      const sessionId = site.name === "prod" ? 1 : 2;
      const request = { sessionId, requestSeq: this.requests };
      const command: Command = genesis[this.requests - 1] ?? {
        kind: "deposit",
        accountId: 1,
        assetId: 1,
        units: 1,
      };
      site.serving?.submit(encodeCommand({ request, timestampUs: 0, command }));
    }
  }

  runUntil(untilMs: number): void {
    while (this.schedule.step(untilMs));
    this.schedule.nowMs = untilMs;
  }
}
