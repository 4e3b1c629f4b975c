// Builds one component alone, under Pulumi's mocks, and hands back what it registered.

import * as pulumi from "@pulumi/pulumi";

export interface Built {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export class Registered {
  readonly all: Built[] = [];

  /** All of one type, such as `aws:ecs/service:Service`. */
  of(type: string): Built[] {
    return this.all.filter((one) => one.type === type);
  }

  /** The inputs of the one of this type and name. */
  get(type: string, name: string): Readonly<Record<string, unknown>> {
    const found = this.all.filter((one) => one.type === type && one.name === name);
    if (found.length !== 1) throw new Error(`${found.length} of ${type} ${name}`);
    return found[0]?.inputs ?? {};
  }

  has(type: string, name: string): boolean {
    return this.all.some((one) => one.type === type && one.name === name);
  }
}

const region = "us-east-1";
const account = "111122223333";

/**
 * @param make imports the component and constructs it; the import must come after the mocks
 * @throws where an Output was put into a string
 */
export async function build(make: () => Promise<unknown>): Promise<Registered> {
  const registered = new Registered();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        if (JSON.stringify(inputs).includes("Calling [toString]")) {
          throw new Error(`${type} ${name}: an Output in a string`);
        }
        registered.all.push({ type, name, inputs });
        const service = type.split(":")[1]?.split("/")[0] ?? "none";
        const arn = `arn:aws:${service}:${region}:${account}:${name}`;
        return {
          id: `${name}-id`,
          state: { arn, name, ...inputs, ...outputsOf(type, name) },
        };
      },
      call: ({ inputs }) => inputs,
    },
    "castle",
    "test",
    false,
  );
  await pulumi.runtime.runInPulumiStack(async () => {
    await make();
    return {};
  });
  return registered;
}

/** What only the provider knows, where components hand it on. */
function outputsOf(type: string, name: string): Readonly<Record<string, unknown>> {
  switch (type) {
    case "aws:msk/cluster:Cluster":
      return { bootstrapBrokersSaslIam: "b-1:9098,b-2:9098,b-3:9098" };
    case "aws:msk/configuration:Configuration":
      return { latestRevision: 1 };
    case "aws:ecr/repository:Repository":
      return { repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${name}` };
    case "aws:sqs/queue:Queue":
      return { url: `https://sqs.${region}.amazonaws.com/${account}/${name}` };
    case "awsx:ecr:Image":
      return { imageUri: `${account}.dkr.ecr.${region}.amazonaws.com/${name}@sha256:0` };
    default:
      return {};
  }
}

/** The statements of a policy document among the inputs. */
export function statements(document: unknown): {
  Sid: string;
  Effect: string;
  Action: string[];
  Resource: string[];
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}[] {
  return JSON.parse(String(document)).Statement;
}
