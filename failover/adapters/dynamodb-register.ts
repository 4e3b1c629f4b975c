// The register on a DynamoDB table (production: a global table with multi-region strong consistency, so
// that one leadership is true in all regions). Conditional writes and consistent reads only. An
// answer that is lost leaves open whether the write happened: who repeats the call is told.

import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { FailoverError } from "../errors.ts";
import type { Membership, MembershipChange, MembershipRegister } from "../membership.ts";
import type { FirstLeadership, Leadership, Move, Register } from "../register.ts";
import { awsCall } from "./aws-call.ts";
import {
  type AwsAccess,
  type CallLimits,
  clientOptions,
  registerLimits,
} from "./client-options.ts";
import {
  type Item,
  isResultOf,
  type LeadershipRecord,
  leadershipOf,
  leadershipToItem,
  membershipOf,
  membershipToItem,
  membersKey,
  membersText,
  withoutPrevious,
} from "./register-items.ts";

/** `shard` and others are words of DynamoDB itself, so every attribute goes by an alias. */
const isAbsent = {
  ConditionExpression: "attribute_not_exists(#shard)",
  ExpressionAttributeNames: { "#shard": "shard" },
};

export interface DynamoDbRegisterOptions extends AwsAccess {
  readonly table: string;
  readonly nowMs?: () => number;
}

export class DynamoDbRegister implements Register, MembershipRegister {
  private readonly client: DynamoDBClient;
  private readonly table: string;
  private readonly limits: CallLimits;
  private readonly nowMs: () => number;

  constructor(options: DynamoDbRegisterOptions) {
    this.table = options.table;
    this.limits = options.limits ?? registerLimits;
    this.nowMs = options.nowMs ?? Date.now;
    this.client = new DynamoDBClient(clientOptions(options, this.limits));
  }

  async read(shard: string, signal: AbortSignal): Promise<Leadership | null> {
    const record = await this.readRecord(shard, signal);
    return record === null ? null : withoutPrevious(record);
  }

  async open(first: FirstLeadership, signal: AbortSignal): Promise<Leadership> {
    const record = { ...first, term: 1, sinceTerm: 1, previous: "", atMs: this.nowMs() };
    const isOurs = await this.put(leadershipToItem(record), isAbsent, signal);
    if (isOurs) return withoutPrevious(record);
    const there = await this.readRecord(first.shard, signal);
    if (there === null) throw vanished(first.shard);
    return withoutPrevious(there);
  }

  async move(move: Move, signal: AbortSignal): Promise<Leadership> {
    const { shard, from, toRegion, by, reason } = move;
    const record: LeadershipRecord = {
      shard,
      region: toRegion,
      term: from.term + 1,
      sinceTerm: toRegion === from.region ? await this.keptSince(move, signal) : from.term + 1,
      previous: from.region,
      by,
      reason,
      atMs: this.nowMs(),
    };
    const isOurs = await this.put(
      leadershipToItem(record),
      {
        ConditionExpression: "#term = :term AND #region = :region",
        ExpressionAttributeNames: { "#term": "term", "#region": "region" },
        ExpressionAttributeValues: {
          ":term": { N: String(from.term) },
          ":region": { S: from.region },
        },
      },
      signal,
    );
    if (isOurs) return withoutPrevious(record);
    const there = await this.readRecord(shard, signal);
    // Ours after all, by an attempt whose answer was lost.
    if (there !== null && isResultOf(there, move)) return withoutPrevious(there);
    throw conflict(move, there);
  }

  /**
   * A term is written once, so what is read of it holds as long as it is in place, which is the condition of
   * the write. Where another one is read, the write will fail; should it not, `from` proves its own term alone.
   */
  private async keptSince({ shard, from }: Move, signal: AbortSignal): Promise<number> {
    const there = await this.readRecord(shard, signal);
    const isFrom = there?.term === from.term && there.region === from.region;
    return isFrom ? there.sinceTerm : from.term;
  }

  async readMembers(
    shard: string,
    region: string,
    signal: AbortSignal,
  ): Promise<Membership | null> {
    const item = await this.get(membersKey(shard, region), signal);
    return item === null ? null : membershipOf(shard, item);
  }

  async changeMembers(change: MembershipChange, signal: AbortSignal): Promise<Membership> {
    const { fromVersion, ...rest } = change;
    const membership = { ...rest, version: fromVersion + 1, atMs: this.nowMs() };
    const condition =
      fromVersion === 0
        ? isAbsent
        : {
            ConditionExpression: "#version = :version",
            ExpressionAttributeNames: { "#version": "version" },
            ExpressionAttributeValues: { ":version": { N: String(fromVersion) } },
          };
    if (await this.put(membershipToItem(membership), condition, signal)) return membership;
    const there = await this.readMembers(change.shard, change.region, signal);
    if (there !== null && isResultOfChange(there, change)) return there;
    throw new FailoverError(
      "REGISTER_CONFLICT",
      `members of shard ${change.shard} in ${change.region} are at version ${there?.version ?? 0}, not ${fromVersion}`,
      { there },
    );
  }

  /** For a stand-in on this machine; in AWS the table is the infrastructure program's. */
  async createTable(signal: AbortSignal): Promise<void> {
    await this.call("CreateTable", signal, async (abortSignal) => {
      const command = new CreateTableCommand({
        TableName: this.table,
        AttributeDefinitions: [{ AttributeName: "shard", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "shard", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      });
      try {
        await this.client.send(command, { abortSignal });
      } catch (error) {
        if (!(error instanceof ResourceInUseException)) throw error;
      }
    });
    await this.waitForTable(signal);
  }

  close(): void {
    this.client.destroy();
  }

  private async waitForTable(signal: AbortSignal): Promise<void> {
    const isActive = async (abortSignal: AbortSignal) => {
      const command = new DescribeTableCommand({ TableName: this.table });
      const { Table } = await this.client.send(command, { abortSignal });
      return Table?.TableStatus === "ACTIVE";
    };
    if (await this.call("DescribeTable", signal, isActive)) return;
    const wait = { client: this.client, maxWaitTime: 5, minDelay: 1, maxDelay: 1 };
    await this.call("DescribeTable", signal, (abortSignal) =>
      waitUntilTableExists({ ...wait, abortSignal }, { TableName: this.table }),
    );
  }

  private async readRecord(shard: string, signal: AbortSignal): Promise<LeadershipRecord | null> {
    const item = await this.get(shard, signal);
    return item === null ? null : leadershipOf(item);
  }

  private get(key: string, signal: AbortSignal): Promise<Item | null> {
    return this.call("GetItem", signal, async (abortSignal) => {
      const command = new GetItemCommand({
        TableName: this.table,
        Key: { shard: { S: key } },
        ConsistentRead: true,
      });
      const { Item } = await this.client.send(command, { abortSignal });
      return Item ?? null;
    });
  }

  /** @returns whether the condition held. */
  private put(
    item: Item,
    condition: Pick<
      PutItemCommand["input"],
      "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
    >,
    signal: AbortSignal,
  ): Promise<boolean> {
    return this.call("PutItem", signal, async (abortSignal) => {
      const command = new PutItemCommand({ TableName: this.table, Item: item, ...condition });
      try {
        await this.client.send(command, { abortSignal });
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    });
  }

  private async call<T>(
    name: string,
    signal: AbortSignal,
    send: (abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await awsCall(`DynamoDB ${name}`, signal, send, this.limits);
    } catch (error) {
      if (!(error instanceof FailoverError) || error.code !== "AWS_UNREACHABLE") throw error;
      const message = `register ${this.table}: ${error.message}`;
      throw new FailoverError("REGISTER_UNREACHABLE", message, error.details, { cause: error });
    }
  }
}

const isResultOfChange = (there: Membership, change: MembershipChange): boolean =>
  there.version === change.fromVersion + 1 &&
  there.by === change.by &&
  there.reason === change.reason &&
  membersText(there.members) === membersText(change.members);

function conflict(move: Move, there: LeadershipRecord | null): FailoverError {
  const found =
    there === null ? "nothing" : `${there.region} in term ${there.term}, by ${there.by}`;
  return new FailoverError(
    "REGISTER_CONFLICT",
    `shard ${move.shard}: ${move.from.region} in term ${move.from.term} was to end, the register holds ${found}`,
    { there },
  );
}

const vanished = (shard: string): FailoverError =>
  new FailoverError("REGISTER_DAMAGED", `the record of shard ${shard} was deleted meanwhile`);
