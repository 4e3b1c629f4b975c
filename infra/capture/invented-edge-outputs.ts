// What AWS adds to names, certificates, the CDN, accelerators and APIs.

import { isRecord } from "./property-values.ts";
import type { MakeOutputs, Sketch } from "./sketch.ts";

/** One record to prove each name; AWS answers with one record for a name and its wildcard. */
function validationOptions({ inputs, hex }: Sketch): Record<string, unknown>[] {
  const others = Array.isArray(inputs.subjectAlternativeNames)
    ? inputs.subjectAlternativeNames
    : [];
  return [inputs.domainName, ...others].map((domain) => ({
    domainName: String(domain),
    resourceRecordName: `_${hex(32)}.${String(domain).replace(/^\*\./, "")}.`,
    resourceRecordType: "CNAME",
    resourceRecordValue: `_${hex(32, "value")}.acm-validations.aws.`,
  }));
}

const executeHost = (id: string, region: string): string =>
  `${id}.execute-api.${region}.amazonaws.com`;

export const edgeOutputs: Readonly<Record<string, MakeOutputs>> = {
  "aws:route53/zone:Zone": ({ hex, globalArn }) => {
    const zoneId = `Z0${hex(18).toUpperCase()}`;
    return {
      zoneId,
      arn: globalArn("route53", `hostedzone/${zoneId}`).replace(/::\d+:/, ":::"),
      nameServers: ["org", "com", "net", "co.uk"].map((end, n) => `ns-${n}.awsdns-0${n}.${end}`),
    };
  },
  "aws:route53/healthCheck:HealthCheck": ({ hex }) => {
    const healthCheckId = `${hex(8)}-0000-4000-8000-${hex(12)}`;
    return { healthCheckId, arn: `arn:aws:route53:::healthcheck/${healthCheckId}` };
  },
  "aws:route53/record:Record": ({ inputs: { zoneId, name, type, setIdentifier } }) => ({
    fqdn: name,
    recordId: [zoneId, name, type, setIdentifier].filter(Boolean).join("_"),
  }),
  "aws:acm/certificate:Certificate": (sketch) => ({
    arn: sketch.arn("acm", `certificate/${sketch.hex(8)}-0000-4000-8000-${sketch.hex(12)}`),
    domainValidationOptions: validationOptions(sketch),
  }),
  "aws:acm/certificateValidation:CertificateValidation": ({ inputs }) => ({
    arn: inputs.certificateArn,
  }),
  "aws:cloudfront/distribution:Distribution": ({ hex, globalArn }) => {
    const distributionId = `E${hex(13).toUpperCase()}`;
    return {
      distributionId,
      arn: globalArn("cloudfront", `distribution/${distributionId}`),
      domainName: `d${hex(13)}.cloudfront.net`,
      hostedZoneId: "Z2FDTNDATAQYW2",
      etag: `E${hex(13, "etag").toUpperCase()}`,
    };
  },
  "aws:cloudfront/function:Function": ({ physicalName, globalArn, hex }) => ({
    arn: globalArn("cloudfront", `function/${physicalName}`),
    etag: `E${hex(13).toUpperCase()}`,
  }),
  "aws:cloudfront/keyValueStore:KeyValueStore": ({ globalArn, hex }) => ({
    arn: globalArn("cloudfront", `key-value-store/${hex(8)}-0000-4000-8000-${hex(12)}`),
  }),
  "aws:wafv2/webAcl:WebAcl": ({ inputs, physicalName, arn, hex }) => {
    const scope = inputs.scope === "CLOUDFRONT" ? "global" : "regional";
    const uuid = `${hex(8)}-0000-4000-8000-${hex(12)}`;
    return { uuid, capacity: 900, arn: arn("wafv2", `${scope}/webacl/${physicalName}/${uuid}`) };
  },
  "aws:wafv2/ipSet:IpSet": ({ inputs, physicalName, arn, hex }) => {
    const scope = inputs.scope === "CLOUDFRONT" ? "global" : "regional";
    const uuid = `${hex(8)}-0000-4000-8000-${hex(12)}`;
    return { uuid, arn: arn("wafv2", `${scope}/ipset/${physicalName}/${uuid}`) };
  },
  "aws:globalaccelerator/accelerator:Accelerator": ({ globalArn, hex }) => ({
    arn: globalArn("globalaccelerator", `accelerator/${hex(8)}-0000-4000-8000-${hex(12)}`),
    dnsName: `a${hex(16)}.awsglobalaccelerator.com`,
    hostedZoneId: "Z2BJ6XQ5FK7U4H",
    ipSets: [{ ipFamily: "IPv4", ipAddresses: ["198.51.100.1", "198.51.100.2"] }],
  }),
  "aws:globalaccelerator/listener:Listener": ({ inputs, hex }) => ({
    arn: `${String(inputs.acceleratorArn)}/listener/${hex(8)}`,
  }),
  "aws:globalaccelerator/endpointGroup:EndpointGroup": ({ inputs, hex }) => ({
    arn: `${String(inputs.listenerArn)}/endpoint-group/${hex(12)}`,
  }),
  "aws:cognito/userPool:UserPool": ({ region, arn, hex }) => {
    const poolId = `${region}_${hex(9)}`;
    return {
      poolId,
      arn: arn("cognito-idp", `userpool/${poolId}`),
      endpoint: `cognito-idp.${region}.amazonaws.com/${poolId}`,
    };
  },
  "aws:cognito/userPoolClient:UserPoolClient": ({ hex }) => ({
    clientId: hex(26),
    clientSecret: hex(52),
  }),
  "aws:cognito/userPoolDomain:UserPoolDomain": ({ hex, accountId }) => ({
    awsAccountId: accountId,
    cloudfrontDistribution: `d${hex(13)}.cloudfront.net`,
    cloudfrontDistributionArn: `d${hex(13)}.cloudfront.net`,
    cloudfrontDistributionZoneId: "Z2FDTNDATAQYW2",
  }),
  "aws:apigateway/restApi:RestApi": ({ arn, hex, region }) => {
    const apiId = hex(10);
    return {
      apiId,
      arn: `arn:aws:apigateway:${region}::/restapis/${apiId}`,
      executionArn: arn("execute-api", apiId),
      rootResourceId: hex(10, "root"),
    };
  },
  "aws:apigateway/deployment:Deployment": ({ hex }) => ({ apiId: hex(6) }),
  "aws:apigateway/stage:Stage": ({ inputs, arn, region }) => {
    const [api, stage] = [String(inputs.restApi), String(inputs.stageName)];
    return {
      arn: `arn:aws:apigateway:${region}::/restapis/${api}/stages/${stage}`,
      executionArn: arn("execute-api", `${api}/${stage}`),
      invokeUrl: `https://${executeHost(api, region)}/${stage}`,
    };
  },
  "aws:apigateway/domainName:DomainName": ({ hex, region }) => ({
    arn: `arn:aws:apigateway:${region}::/domainnames/${hex(8)}`,
    regionalDomainName: `d-${hex(10)}.execute-api.${region}.amazonaws.com`,
    regionalZoneId: "Z1UJRXOUMOOFQ8",
  }),
  "aws:apigateway/apiKey:ApiKey": ({ hex }) => ({ value: hex(40) }),
  "aws:apigatewayv2/api:Api": ({ inputs, arn, hex, region }) => {
    const apiId = hex(10);
    const scheme = inputs.protocolType === "WEBSOCKET" ? "wss" : "https";
    return {
      apiId,
      arn: `arn:aws:apigateway:${region}::/apis/${apiId}`,
      executionArn: arn("execute-api", apiId),
      apiEndpoint: `${scheme}://${executeHost(apiId, region)}`,
    };
  },
  "aws:apigatewayv2/stage:Stage": ({ inputs, arn, region, physicalName }) => {
    const api = String(inputs.apiId);
    return {
      arn: `arn:aws:apigateway:${region}::/apis/${api}/stages/${physicalName}`,
      executionArn: arn("execute-api", `${api}/${physicalName}`),
      invokeUrl: `wss://${executeHost(api, region)}/${physicalName}`,
    };
  },
  "aws:apigatewayv2/domainName:DomainName": ({ inputs, hex, region }) => ({
    arn: `arn:aws:apigateway:${region}::/domainnames/${hex(8)}`,
    domainNameConfiguration: {
      ...(isRecord(inputs.domainNameConfiguration) ? inputs.domainNameConfiguration : {}),
      targetDomainName: `d-${hex(10)}.execute-api.${region}.amazonaws.com`,
      hostedZoneId: "Z1UJRXOUMOOFQ8",
    },
  }),
  "aws:route53recoverycontrol/cluster:Cluster": ({ globalArn, hex }) => ({
    arn: globalArn("route53-recovery-control", `cluster/${hex(32)}`),
    clusterEndpoints: [
      "us-east-1",
      "us-west-2",
      "eu-west-1",
      "ap-northeast-1",
      "ap-southeast-2",
    ].map((region) => ({
      region,
      endpoint: `https://${hex(8)}.route53-recovery-cluster.${region}.amazonaws.com/v1`,
    })),
  }),
  "aws:route53recoverycontrol/controlPanel:ControlPanel": ({ globalArn, hex }) => ({
    arn: globalArn("route53-recovery-control", `controlpanel/${hex(32)}`),
  }),
  "aws:route53recoverycontrol/routingControl:RoutingControl": ({ inputs, hex }) => ({
    arn: `${String(inputs.controlPanelArn)}/routingcontrol/${hex(16)}`,
  }),
};
