// Builds a component alone under Pulumi's mocks and keeps what it would register. The mock knows a few
// computed outputs that the components of data and observation read (ARNs, addresses, secrets).

import * as pulumi from "@pulumi/pulumi";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Built<T> {
  readonly component: T;
  readonly resources: readonly Registered[];
  /** The only resource of the type, or the one whose name ends so. */
  one(type: string, nameEnd?: string): Registered;
  all(type: string): readonly Registered[];
}

let registered: Registered[] = [];
const account = "111122223333";

await pulumi.runtime.setMocks(
  {
    newResource({ type, name, inputs }) {
      const service = type.split(":")[1]?.split("/")[0] ?? "none";
      registered.push({ type, name, inputs: unwrap(inputs) as Record<string, unknown> });
      const state = {
        ...inputs,
        arn: `arn:aws:${service}:us-east-1:${account}:${name}`,
        name: inputs.name ?? name,
        endpoint: `${name}.example`,
        ingestEndpointUrls: [`${name}.example`],
        pipelineArn: `arn:aws:osis:us-east-1:${account}:pipeline/${name}`,
        address: `${name}.example`,
        readerEndpoint: `${name}-readers.example`,
        adminPasswordSecretArn: `arn:aws:secretsmanager:us-east-1:${account}:secret:${name}`,
        configurationEndpoint: `${name}.example:9111`,
      };
      return { id: `${name}-id`, state };
    },
    call({ token, inputs }) {
      if (token.includes("getSecretVersion")) {
        return {
          secretString: JSON.stringify({ username: "castle", password: "from-the-secret" }),
        };
      }
      if (token.includes("getCallerIdentity")) return { accountId: account };
      return inputs;
    },
  },
  "castle",
  "test",
  false,
);

/** Secrets come as an envelope with a signature; tests look at the value. */
function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (value === null || typeof value !== "object") return value;
  const bag = value as Record<string, unknown>;
  if ("4dabf18193072939515e22adb298388d" in bag && "value" in bag) return unwrap(bag.value);
  return Object.fromEntries(Object.entries(bag).map(([key, inner]) => [key, unwrap(inner)]));
}

/** @param make constructs the component; its children are awaited before this resolves */
export async function build<T>(make: () => T): Promise<Built<T>> {
  registered = [];
  const component = make();
  await pulumi.runtime.disconnect();
  const resources = registered;
  const stringified = resources.find(({ inputs }) => JSON.stringify(inputs).includes("[toString]"));
  if (stringified !== undefined) throw new Error(`an Output became text in ${stringified.name}`);
  const all = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    component,
    resources,
    all,
    one(type, nameEnd = "") {
      const found = all(type).filter(({ name }) => name.endsWith(nameEnd));
      const [first] = found;
      if (first === undefined || found.length > 1) {
        throw new Error(`${found.length} resources of ${type} ending in "${nameEnd}"`);
      }
      return first;
    },
  };
}

/** Of a policy document: each statement of each policy of the type. */
export function statements(policies: readonly Registered[]): Statement[] {
  return policies.flatMap(
    ({ inputs }) => (JSON.parse(String(inputs.policy)) as { Statement: Statement[] }).Statement,
  );
}

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}
