// UserPool: people who sign in: sign-up, second factor, social providers, roles. Programs that trade sign with
// API keys of the exchange and never come here. A pool lives in one region; what decides its identity
// (user names, attributes) cannot be changed later. Secrets of social providers stay in Secrets Manager
// until the provider is made.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export type SocialProvider = "Google" | "Facebook" | "SignInWithApple" | "LoginWithAmazon";

export interface UserPoolArgs {
  readonly mfa: "ON" | "OPTIONAL";
  /** Where people sign in, such as auth.castle.example; its parent must have an A record. */
  readonly domainName: string;
  readonly zoneId: pulumi.Input<string>;
  /** In us-east-1: Cognito serves its domains by CloudFront. */
  readonly edgeCertificateArn: pulumi.Input<string>;
  /** Address of the pages that sign in, such as https://www.castle.example. */
  readonly webOrigin: string;
  /** Secrets by provider: JSON with client_id and client_secret (Apple: client_id, team_id, key_id, private_key). */
  readonly socialProviders: Readonly<
    Partial<Record<SocialProvider, { readonly secretName: string }>>
  >;
  readonly webAclArn?: pulumi.Input<string>;
}

const groups = ["trader", "operator", "auditor"] as const;

const scopes: Readonly<Record<SocialProvider, string>> = {
  Google: "openid email profile",
  Facebook: "public_profile,email",
  SignInWithApple: "email name",
  LoginWithAmazon: "profile",
};

export class UserPool extends pulumi.ComponentResource {
  readonly poolId: pulumi.Output<string>;
  readonly poolArn: pulumi.Output<string>;
  readonly issuer: pulumi.Output<string>;
  readonly webClientId: pulumi.Output<string>;
  readonly #name: string;
  readonly #args: UserPoolArgs;

  constructor(name: string, args: UserPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:UserPool", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const pool = this.#pool();
    groups.forEach((group, precedence) => {
      new aws.cognito.UserGroup(
        `${name}-${group}`,
        { userPoolId: pool.id, name: group, precedence },
        { parent: this },
      );
    });
    const providers = this.#providers(pool);
    const client = this.#client(pool, providers);
    this.#domain(pool);
    this.#risk(pool);
    if (args.webAclArn !== undefined) {
      new aws.wafv2.WebAclAssociation(
        `${name}-firewall`,
        { resourceArn: pool.arn, webAclArn: args.webAclArn },
        { parent: this },
      );
    }
    this.poolId = pool.id;
    this.poolArn = pool.arn;
    this.issuer = pulumi.interpolate`https://${pool.endpoint}`;
    this.webClientId = client.id;
    this.registerOutputs({
      poolId: this.poolId,
      poolArn: this.poolArn,
      issuer: this.issuer,
      webClientId: this.webClientId,
    });
  }

  #pool(): aws.cognito.UserPool {
    return new aws.cognito.UserPool(
      `${this.#name}-pool`,
      {
        userPoolTier: "PLUS",
        userPoolAddOns: { advancedSecurityMode: "ENFORCED" },
        mfaConfiguration: this.#args.mfa,
        softwareTokenMfaConfiguration: { enabled: true },
        deletionProtection: "ACTIVE",
        usernameAttributes: ["email"],
        usernameConfiguration: { caseSensitive: false },
        autoVerifiedAttributes: ["email"],
        userAttributeUpdateSettings: { attributesRequireVerificationBeforeUpdates: ["email"] },
        accountRecoverySetting: { recoveryMechanisms: [{ name: "verified_email", priority: 1 }] },
        passwordPolicy: {
          minimumLength: 14,
          requireLowercase: true,
          requireUppercase: true,
          requireNumbers: true,
          requireSymbols: true,
          passwordHistorySize: 5,
          temporaryPasswordValidityDays: 1,
        },
      },
      // Cognito adds its standard attributes: a difference there would replace the pool.
      { parent: this, protect: true, ignoreChanges: ["schemas"] },
    );
  }

  #providers(pool: aws.cognito.UserPool): aws.cognito.IdentityProvider[] {
    const given = Object.entries(this.#args.socialProviders) as [
      SocialProvider,
      { readonly secretName: string },
    ][];
    return given.map(([provider, { secretName }]) => {
      const secret = aws.secretsmanager.getSecretVersionOutput(
        { secretId: secretName },
        { parent: this },
      );
      const providerDetails = pulumi.secret(
        secret.secretString.apply(
          (text): Record<string, string> => ({
            ...(JSON.parse(text) as Record<string, string>),
            authorize_scopes: scopes[provider],
          }),
        ),
      );
      return new aws.cognito.IdentityProvider(
        `${this.#name}-${provider.toLowerCase()}`,
        {
          userPoolId: pool.id,
          providerName: provider,
          providerType: provider,
          providerDetails,
          attributeMapping: { email: "email" },
        },
        // AWS adds the provider's endpoints to the details, which would differ for ever.
        { parent: this, ignoreChanges: ["providerDetails"] },
      );
    });
  }

  #client(
    pool: aws.cognito.UserPool,
    providers: readonly aws.cognito.IdentityProvider[],
  ): aws.cognito.UserPoolClient {
    const { webOrigin } = this.#args;
    return new aws.cognito.UserPoolClient(
      `${this.#name}-web`,
      {
        userPoolId: pool.id,
        // Pages keep no secret: the code flow with PKCE does without.
        generateSecret: false,
        allowedOauthFlowsUserPoolClient: true,
        allowedOauthFlows: ["code"],
        allowedOauthScopes: ["openid", "email"],
        callbackUrls: [`${webOrigin}/signed-in`],
        logoutUrls: [`${webOrigin}/`],
        supportedIdentityProviders: ["COGNITO", ...providers.map((one) => one.providerName)],
        explicitAuthFlows: ["ALLOW_USER_SRP_AUTH"],
        preventUserExistenceErrors: "ENABLED",
        enableTokenRevocation: true,
        refreshTokenRotation: { feature: "ENABLED", retryGracePeriodSeconds: 10 },
        accessTokenValidity: 15,
        idTokenValidity: 15,
        refreshTokenValidity: 12,
        tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "hours" },
      },
      { parent: this },
    );
  }

  #domain(pool: aws.cognito.UserPool): void {
    const domain = new aws.cognito.UserPoolDomain(
      `${this.#name}-domain`,
      {
        userPoolId: pool.id,
        domain: this.#args.domainName,
        certificateArn: this.#args.edgeCertificateArn,
        managedLoginVersion: 2,
      },
      { parent: this },
    );
    new aws.route53.Record(
      `${this.#name}-record`,
      {
        zoneId: this.#args.zoneId,
        name: this.#args.domainName,
        type: "A",
        aliases: [
          {
            name: domain.cloudfrontDistribution,
            zoneId: domain.cloudfrontDistributionZoneId,
            evaluateTargetHealth: false,
          },
        ],
      },
      { parent: this },
    );
  }

  #risk(pool: aws.cognito.UserPool): void {
    const onRisk = (eventAction: string) => ({ eventAction, notify: false });
    new aws.cognito.RiskConfiguration(
      `${this.#name}-risk`,
      {
        userPoolId: pool.id,
        compromisedCredentialsRiskConfiguration: { actions: { eventAction: "BLOCK" } },
        accountTakeoverRiskConfiguration: {
          actions: {
            lowAction: onRisk("MFA_IF_CONFIGURED"),
            mediumAction: onRisk("MFA_REQUIRED"),
            highAction: onRisk("BLOCK"),
          },
        },
      },
      { parent: this },
    );
  }
}
