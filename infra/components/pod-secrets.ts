// The secrets of a pod: read from Secrets Manager by the pod's own role while it starts, mounted, and, because programs
// read variables, kept as a Kubernetes secret for as long as a pod mounts them. The control plane encrypts
// that with our key.

import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { keyUse, type Statement } from "./trust.ts";

export interface PodSecret {
  /** Environment variable that holds it. */
  readonly variable: string;
  readonly arn: pulumi.Input<string>;
  /** Of a secret that is JSON; the whole text where absent. */
  readonly field?: string | undefined;
}

export interface PodSecretsArgs {
  readonly namespace: pulumi.Input<string>;
  readonly region: string;
  readonly secrets: readonly PodSecret[];
}

/** Where they are mounted: what mounts them is what makes them known. */
export const secretsPath = "/mnt/secrets";
export const secretsName = (service: string): string => `${service}-secrets`;

interface KnownSecret {
  readonly variable: string;
  readonly arn: string;
  readonly field?: string | undefined;
}

export function podSecrets(
  name: string,
  { namespace, region, secrets }: PodSecretsArgs,
  options: pulumi.CustomResourceOptions,
): CustomResource {
  const objects = pulumi.output(secrets).apply((known) => JSON.stringify(objectsOf(known)));
  return new CustomResource(
    `${name}-secrets`,
    {
      apiVersion: "secrets-store.csi.x-k8s.io/v1",
      kind: "SecretProviderClass",
      metadata: { name: secretsName(name), namespace },
      spec: {
        provider: "aws",
        // JSON is YAML, which the provider expects here.
        parameters: { region, usePodIdentity: "true", objects },
        secretObjects: [
          {
            secretName: secretsName(name),
            type: "Opaque",
            data: secrets.map(({ variable }) => ({ objectName: variable, key: variable })),
          },
        ],
      },
    },
    options,
  );
}

/** One entry for each secret, whatever number of its fields is read: the provider refuses a second one. */
export function objectsOf(secrets: readonly KnownSecret[]): readonly object[] {
  return [...Map.groupBy(secrets, ({ arn }) => arn)].map(([objectName, parts]) => {
    const [whole] = parts.filter(({ field }) => field === undefined);
    const fields = parts.filter(({ field }) => field !== undefined);
    return {
      objectName,
      objectType: "secretsmanager",
      // Its file's name; without it the ARN would be.
      objectAlias: whole?.variable ?? `${parts[0]?.variable}-document`,
      ...(fields.length === 0
        ? {}
        : {
            jmesPath: fields.map(({ field, variable }) => ({
              path: `"${field}"`,
              objectAlias: variable,
            })),
          }),
    };
  });
}

/** What a pod's role needs to read them. */
export function secretStatements(
  secrets: readonly PodSecret[],
  dataKeyArn: pulumi.Input<string>,
  region: string,
): Statement[] {
  if (secrets.length === 0) return [];
  return [
    {
      Sid: "ReadSecrets",
      Effect: "Allow",
      Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
      Resource: secrets.map(({ arn }) => arn),
    },
    keyUse(dataKeyArn, "secretsmanager", region, ["kms:Decrypt"]),
  ];
}
