// Secrets that both regions need: the operators' token, the API keys, the database's master. Made in prod's
// region, replicated to dr's, each value made once and never again by Pulumi: who rotates them does so
// in Secrets Manager. A value is a secret in Pulumi's state too.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { inRegion } from "./arn.ts";

export interface SecretsArgs {
  readonly prodRegion: string;
  readonly drRegion: string;
  readonly dataKeyArns: Readonly<Record<string, pulumi.Input<string>>>;
}

type ByRegion = Readonly<Record<string, pulumi.Output<string>>>;

/** Engines and the database's master are named so in their configuration. */
const databaseUser = "castle";

export class Secrets extends pulumi.ComponentResource {
  /** The token itself, as text. */
  readonly operatorSecretArns: ByRegion;
  /** JSON: `username`, `password`. */
  readonly databaseSecretArns: ByRegion;
  /** JSON: `accounts`, as the exchange's keys file has them; none at first. */
  readonly apiKeysSecretArns: ByRegion;

  private readonly name: string;
  private readonly args: SecretsArgs;

  constructor(name: string, args: SecretsArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Secrets", name, {}, options);
    this.name = name;
    this.args = args;
    this.operatorSecretArns = this.secret(
      "operator",
      "Token of the operators' routes",
      this.chance(),
    );
    this.databaseSecretArns = this.secret(
      "database",
      "Master of the history's database",
      pulumi.jsonStringify({ username: databaseUser, password: this.chance() }),
    );
    this.apiKeysSecretArns = this.secret(
      "api-keys",
      "Accounts and their API keys",
      pulumi.jsonStringify({ accounts: [] }),
    );
    this.registerOutputs({
      operatorSecretArns: this.operatorSecretArns,
      databaseSecretArns: this.databaseSecretArns,
      apiKeysSecretArns: this.apiKeysSecretArns,
    });
  }

  /** Letters and digits alone: it stands in URLs and headers. */
  private chance(): pulumi.Output<string> {
    const password = aws.secretsmanager.getRandomPasswordOutput(
      { passwordLength: 40, excludePunctuation: true, region: this.args.prodRegion },
      { parent: this },
    );
    return pulumi.secret(password.randomPassword);
  }

  private secret(kind: string, description: string, value: pulumi.Input<string>): ByRegion {
    const { name, args } = this;
    const { prodRegion, drRegion, dataKeyArns } = args;
    const secret = new aws.secretsmanager.Secret(
      `${name}-${kind}`,
      {
        description,
        region: prodRegion,
        ...(dataKeyArns[prodRegion] === undefined ? {} : { kmsKeyId: dataKeyArns[prodRegion] }),
        recoveryWindowInDays: 30,
        replicas: [
          {
            region: drRegion,
            ...(dataKeyArns[drRegion] === undefined ? {} : { kmsKeyId: dataKeyArns[drRegion] }),
          },
        ],
      },
      { parent: this, protect: true },
    );
    new aws.secretsmanager.SecretVersion(
      `${name}-${kind}-first`,
      { secretId: secret.id, secretString: value, region: prodRegion },
      { parent: this, protect: true, ignoreChanges: ["secretString"] },
    );
    return {
      [prodRegion]: secret.arn,
      [drRegion]: secret.arn.apply((arn) => inRegion(arn, drRegion)),
    };
  }
}
