// Since which term a region leads, in every register that there is.

import { expect } from "chai";
import { DynamoDbRegister } from "../../failover/adapters/dynamodb-register.ts";
import { startRegisterServer } from "../../failover/local/register-server.ts";
import type { Register } from "../../failover/register.ts";
import { MemoryRegister } from "../support/memory-register.ts";

const { signal } = new AbortController();
const shard = "main";
const who = { by: "test", reason: "a test" };

interface Opened {
  readonly register: Register;
  stop(): Promise<void>;
}

const registers: readonly [name: string, open: () => Promise<Opened>][] = [
  ["MemoryRegister", async () => ({ register: new MemoryRegister(), stop: async () => {} })],
  [
    "DynamoDbRegister",
    async () => {
      const { endpoint, stop } = await startRegisterServer();
      const register = new DynamoDbRegister({ region: "us-east-1", endpoint, table: "register" });
      await register.createTable(signal);
      const close = async () => {
        register.close();
        await stop();
      };
      return { register, stop: close };
    },
  ],
];

for (const [name, open] of registers) {
  describe(`${name}: since when`, () => {
    let opened: Opened;

    beforeEach(async () => {
      opened = await open();
      await opened.register.open({ shard, region: "east", ...who }, signal);
    });

    afterEach(() => opened.stop());

    const move = (from: string, term: number, toRegion: string) =>
      opened.register.move({ shard, from: { region: from, term }, toRegion, ...who }, signal);

    async function seen() {
      const now = await opened.register.read(shard, signal);
      return [now?.region, now?.term, now?.sinceTerm];
    }

    it("is the first term, and stays so in every term that the region keeps", async () => {
      expect(await seen()).to.deep.equal(["east", 1, 1]);
      await move("east", 1, "east");
      expect(await seen()).to.deep.equal(["east", 2, 1]);
      await move("east", 2, "east");
      expect(await seen()).to.deep.equal(["east", 3, 1]);
    });

    it("is the term in which another region begins", async () => {
      await move("east", 1, "east");
      await move("east", 2, "west");
      expect(await seen()).to.deep.equal(["west", 3, 3]);
      await move("west", 3, "west");
      expect(await seen()).to.deep.equal(["west", 4, 3]);
      await move("west", 4, "east");
      expect(await seen()).to.deep.equal(["east", 5, 5]);
    });

    it("is not changed by a move that is repeated, or refused", async () => {
      await move("east", 1, "east");
      const kept = await move("east", 2, "east");
      expect(await move("east", 2, "east")).to.deep.equal(kept);
      const older = await move("east", 1, "east").catch(({ code }) => code);
      expect(older).to.equal("REGISTER_CONFLICT");
      expect(await opened.register.read(shard, signal)).to.deep.equal(kept);
    });

    it("is kept by one of many who keep a region at once", async () => {
      await move("east", 1, "east");
      const by = (index: number) => ({ by: `racer ${index}`, reason: "a test" });
      const racers = Array.from({ length: 20 }, (_, index) =>
        opened.register.move(
          { shard, from: { region: "east", term: 2 }, toRegion: "east", ...by(index) },
          signal,
        ),
      );
      const won = (await Promise.allSettled(racers)).filter(({ status }) => status === "fulfilled");
      expect(won).to.have.length(1);
      expect(await seen()).to.deep.equal(["east", 3, 1]);
    });
  });
}
