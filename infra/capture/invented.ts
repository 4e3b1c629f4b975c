// Ids, ARNs and endpoints such as AWS would give, computed from what a resource is: the same program
// always gets the same answers. Pure. Both the captures and the provider stand-in of the tests use it.

import { idKinds, outputsByType } from "./invented-outputs.ts";
import { isRecord } from "./property-values.ts";
import { type Asked, hexOf, partitionArn, type Sketch } from "./sketch.ts";

export interface Invention {
  readonly id: string;
  /** All properties: the inputs, and what AWS adds. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Inputs that name a thing in AWS, first come first. */
const nameInputs = [
  "name",
  "bucket",
  "clusterIdentifier",
  "globalClusterIdentifier",
  "identifier",
  "replicationGroupId",
  "clusterId",
  "userId",
  "userGroupId",
  "clusterName",
  "domainName",
  "family",
  "namespaceName",
  "workgroupName",
  "dashboardName",
];

function physicalNameOf(asked: Asked): string {
  for (const key of nameInputs) {
    const given = asked.inputs[key];
    if (typeof given === "string" && given !== "") return given;
  }
  const prefix = asked.inputs.namePrefix ?? asked.inputs.bucketPrefix;
  const stem = typeof prefix === "string" ? prefix : `${asked.name}-`;
  return `${stem}${hexOf(asked.urn, 7)}`;
}

/** aws:ec2/vpc:Vpc -> ec2, vpc. */
function wordsOf(type: string): [service: string, noun: string] {
  const [, path = ""] = type.split(":");
  const [service = "", noun = ""] = path.split("/");
  return [service, noun];
}

export function inventResource(asked: Asked): Invention {
  if (asked.type === "pulumi:pulumi:StackReference") return stackReference(asked);
  const physicalName = physicalNameOf(asked);
  const hex = (length: number, salt = ""): string => hexOf(asked.urn + salt, length);
  const arn = (service: string, resource: string): string =>
    partitionArn(service, asked.region, asked.accountId, resource);
  const globalArn = (service: string, resource: string): string =>
    partitionArn(service, "", asked.accountId, resource);
  const [service, noun] = wordsOf(asked.type);
  const kind = idKinds[asked.type];
  const shortId = typeof kind === "string" ? `${kind}-0${hex(16)}` : physicalName;
  const draft: Sketch = { ...asked, id: shortId, physicalName, hex, arn, globalArn };
  const made = outputsByType[asked.type]?.(draft) ?? {};
  const known: Record<string, unknown> = {
    arn: arn(service, `${noun}/${shortId}`),
    ...made,
  };
  const id = asked.existingId !== "" ? asked.existingId : idOf(kind, shortId, known);
  const named =
    "name" in asked.inputs || !asked.type.startsWith("aws:") ? {} : { name: physicalName };
  const outputs = asked.type.startsWith("aws:") ? { ...named, ...known } : made;
  return { id, outputs: { region: asked.region, ...outputs, ...within(asked.inputs, outputs) } };
}

/** Inputs win, and keep what AWS adds inside of them. */
function within(
  inputs: Asked["inputs"],
  outputs: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, given]) => {
      const made = outputs[key];
      return [key, isRecord(given) && isRecord(made) ? { ...made, ...given } : given];
    }),
  );
}

function idOf(
  kind: (typeof idKinds)[string] | undefined,
  shortId: string,
  known: Record<string, unknown>,
): string {
  if (kind === undefined || typeof kind === "string") return shortId;
  const value = known[kind.output];
  return typeof value === "string" ? value : shortId;
}

function stackReference(asked: Asked): Invention {
  const name = String(asked.inputs.name ?? asked.name);
  const outputs = asked.stackOutputs[name];
  if (outputs === undefined) throw new Error(`unknown stack "${name}"`);
  return { id: name, outputs: { name, outputs, secretOutputNames: [] } };
}
