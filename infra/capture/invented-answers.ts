// What AWS would answer to a data source, computed from the question. Pure. A question that is not
// in the table is an error: an empty answer would only show up far from here.

import type { MockCallArgs } from "@pulumi/pulumi/runtime/mocks.js";
import { isRecord } from "./property-values.ts";
import { hexOf, partitionArn } from "./sketch.ts";
import { zoneIdsOf, zoneName } from "./zones.ts";

export interface Question {
  readonly token: string;
  readonly args: MockCallArgs["inputs"];
  readonly place: { readonly region: string; readonly accountId: string };
}

type Answer = (args: Record<string, unknown>, region: string, accountId: string) => unknown;

const zonesAnswer: Answer = (_args, region) => {
  const zoneIds = zoneIdsOf(region);
  return {
    id: region,
    names: zoneIds.map((id) => zoneName(region, id)),
    zoneIds,
    groupNames: [region],
  };
};

const zoneAnswer: Answer = (args, region) => {
  const given = typeof args.zoneId === "string" ? args.zoneId : undefined;
  const zoneId = given ?? zoneIdsOf(region)["abcdef".indexOf(String(args.name).slice(-1))] ?? "";
  if (!/-az\d$/.test(zoneId)) return { ...args, id: args.name, zoneType: "local-zone" };
  return {
    id: zoneName(region, zoneId),
    name: zoneName(region, zoneId),
    nameSuffix: zoneName(region, zoneId).slice(-1),
    zoneId,
    region,
    state: "available",
    zoneType: "availability-zone",
  };
};

/** The Amazon Linux parameters name images; all others hold what nobody reads here. */
const parameterAnswer: Answer = (args, region, accountId) => {
  const name = String(args.name);
  const isImage = /\/ami|image_id/.test(name);
  const value = isImage ? `ami-0${hexOf(name + region, 16)}` : `value-of-${hexOf(name, 8)}`;
  const arn = partitionArn("ssm", region, accountId, `parameter${name}`);
  return { id: name, name, arn, type: "String", value, insecureValue: value, version: 1 };
};

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** As the provider does: the statements of the arguments, as JSON. */
const policyDocumentAnswer: Answer = (args) => {
  const statements = listOf(args.statements).filter(isRecord).map(policyStatement);
  const json = JSON.stringify({ Version: args.version ?? "2012-10-17", Statement: statements });
  return { ...args, id: hexOf(json, 10), json, minifiedJson: json };
};

function policyStatement(statement: Record<string, unknown>): Record<string, unknown> {
  const principals = listOf(statement.principals).filter(isRecord);
  const conditions = listOf(statement.conditions).filter(isRecord);
  const condition: Record<string, Record<string, unknown>> = {};
  for (const { test, variable, values } of conditions) {
    condition[String(test)] = { ...condition[String(test)], [String(variable)]: values };
  }
  return {
    ...(statement.sid === undefined ? {} : { Sid: statement.sid }),
    Effect: statement.effect ?? "Allow",
    ...(statement.actions === undefined ? {} : { Action: statement.actions }),
    ...(statement.notActions === undefined ? {} : { NotAction: statement.notActions }),
    ...(statement.resources === undefined ? {} : { Resource: statement.resources }),
    ...(principals.length === 0
      ? {}
      : {
          Principal: Object.fromEntries(
            principals.map(({ type, identifiers }) => [String(type), identifiers]),
          ),
        }),
    ...(conditions.length === 0 ? {} : { Condition: condition }),
  };
}

/** Managed policies of a service: only their ids are ever used. */
const namedAnswer: Answer = (args) => ({ ...args, id: hexOf(String(args.name), 32) });

const answers: Readonly<Record<string, Answer>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": (_args, _region, accountId) => ({
    id: accountId,
    accountId,
    arn: `arn:aws:iam::${accountId}:user/operator`,
    userId: "AIDAINVENTED",
  }),
  "aws:index/getRegion:getRegion": (args, region) => ({
    id: args.region ?? region,
    name: args.region ?? region,
    region: args.region ?? region,
    description: "",
    endpoint: `ec2.${region}.amazonaws.com`,
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": zonesAnswer,
  "aws:index/getAvailabilityZone:getAvailabilityZone": zoneAnswer,
  "aws:iam/getPolicyDocument:getPolicyDocument": policyDocumentAnswer,
  "aws:iam/getPolicy:getPolicy": (args) => ({
    ...args,
    id: args.arn ?? `arn:aws:iam::aws:policy/${String(args.name)}`,
    arn: args.arn ?? `arn:aws:iam::aws:policy/${String(args.name)}`,
  }),
  "aws:iam/getSessionContext:getSessionContext": (args) => ({ ...args, issuerArn: args.arn }),
  "aws:ssm/getParameter:getParameter": parameterAnswer,
  "aws:ec2/getAmi:getAmi": (args, region) => ({
    ...args,
    id: `ami-0${hexOf(JSON.stringify(args) + region, 16)}`,
    architecture: "x86_64",
    rootDeviceName: "/dev/xvda",
  }),
  "aws:ec2/getManagedPrefixList:getManagedPrefixList": (args, region) => ({
    ...args,
    id: `pl-${hexOf(String(args.name) + region, 8)}`,
    entries: [{ cidr: "192.0.2.0/24", description: "" }],
  }),
  "aws:ec2/getPrefixList:getPrefixList": (args, region) => ({
    ...args,
    id: `pl-${hexOf(String(args.name) + region, 8)}`,
    cidrBlocks: ["192.0.2.0/24"],
  }),
  "aws:kms/getAlias:getAlias": (args, region, accountId) => ({
    ...args,
    id: partitionArn("kms", region, accountId, String(args.name)),
    arn: partitionArn("kms", region, accountId, String(args.name)),
    targetKeyArn: partitionArn("kms", region, accountId, `key/${hexOf(String(args.name), 32)}`),
    targetKeyId: hexOf(String(args.name), 32),
  }),
  "aws:route53/getZone:getZone": (args) => ({
    ...args,
    id: `Z0${hexOf(String(args.name), 18).toUpperCase()}`,
    zoneId: `Z0${hexOf(String(args.name), 18).toUpperCase()}`,
    nameServers: [],
  }),
  "aws:secretsmanager/getSecret:getSecret": (args, region, accountId) => ({
    ...args,
    id: args.arn ?? args.name,
    arn:
      args.arn ?? partitionArn("secretsmanager", region, accountId, `secret:${String(args.name)}`),
  }),
  "aws:secretsmanager/getRandomPassword:getRandomPassword": (args) => ({
    ...args,
    randomPassword: hexOf("password", Number(args.passwordLength ?? 32)),
  }),
  "aws:secretsmanager/getSecretVersion:getSecretVersion": (args) => ({
    ...args,
    id: `${String(args.secretId)}|AWSCURRENT`,
    // What the secrets of this program hold: of a database's master, of an identity provider.
    secretString: JSON.stringify({
      username: "castle",
      password: "invented",
      client_id: "invented",
      client_secret: "invented",
    }),
  }),
  "aws:cloudfront/getCachePolicy:getCachePolicy": namedAnswer,
  "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy": namedAnswer,
  "aws:cloudfront/getResponseHeadersPolicy:getResponseHeadersPolicy": namedAnswer,
  "aws:cloudfront/getLogDeliveryCanonicalUserId:getLogDeliveryCanonicalUserId": () => ({
    id: hexOf("canonical", 64),
  }),
  "aws:lb/getHostedZoneId:getHostedZoneId": () => ({ id: "Z26RNL4JYFTOTI" }),
  "aws:elb/getServiceAccount:getServiceAccount": () => ({
    id: "127311923021",
    arn: "arn:aws:iam::127311923021:root",
  }),
  "aws:eks/getClusterAuth:getClusterAuth": (args) => ({
    ...args,
    id: args.name,
    token: "invented",
  }),
  "aws:eks/getAddonVersion:getAddonVersion": (args) => ({
    ...args,
    id: args.addonName,
    version: "v1.0.0-eksbuild.1",
  }),
  "aws:rds/getEngineVersion:getEngineVersion": (args) => ({
    ...args,
    id: args.version,
    versionActual: args.version,
    parameterGroupFamily: `${String(args.engine)}${String(args.version).split(".")[0]}`,
  }),
};

export function inventAnswer({ token, args, place }: Question): Record<string, unknown> {
  const answer = answers[token];
  if (answer === undefined) throw new Error(`no invented answer for the data source ${token}`);
  const region = typeof args.region === "string" ? args.region : place.region;
  const given: unknown = answer(args, region, place.accountId);
  return isRecord(given) ? { region, ...given } : {};
}
