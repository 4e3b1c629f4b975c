// What each workload is run with, wherever it runs: image, environment, secrets, rights, ports. From a region's
// configuration and what stands around it to one plain description for each workload that is asked for and
// has an artefact. Fargate and Kubernetes make their own of it: nothing here knows either.

import * as pulumi from "@pulumi/pulumi";
import { ports, withoutPasswords } from "./components/exchange-config.ts";
import type { ScalingRule } from "./components/service-scaling.ts";
import type { Statement } from "./components/trust.ts";
import { controllerFiles } from "./controller-files.ts";
import { gatewayPort } from "./names.ts";
import { of } from "./peer.ts";
import { accessOf, type Pipeline } from "./pipeline-access.ts";
import {
  apiKeysOf,
  exchangeJsonOf,
  exchangeSecretsOf,
  operatorTokenOf,
  type SecretValue,
  type Stores,
} from "./region-exchange.ts";
import type { Site } from "./region-site.ts";
import {
  exchangeUrlOf,
  type Facts,
  probeReports,
  rightsOf,
  visitorsValues,
} from "./workload-rights.ts";
import { type Workload, type WorkloadName, workloadsOf } from "./workloads.ts";

export interface WorkloadSpec {
  readonly workload: Workload;
  readonly image: pulumi.Input<string>;
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  readonly secrets: readonly SecretValue[];
  /** Of its own role. */
  readonly statements: readonly Statement[];
  /** Where it listens; the first is the one that clients use. */
  readonly ports: readonly number[];
  /** Where it says how it is: for collectors, controllers and operators. */
  readonly statusPort?: number;
  /** Exits with 0 as long as the process lives: it is replaced where it does not, as by balancers. */
  readonly healthCommand?: readonly string[];
  /** Folders in memory or on a disk of its own: the image's are read-only. */
  readonly writablePaths: readonly string[];
  /** A second one beside it does harm: it is stopped before its successor starts. */
  readonly isSingle: boolean;
  /** Where it grows by what waits for it: depth of a queue, lag in a topic. */
  readonly pipelineScaling: readonly ScalingRule[];
}

export interface Surroundings extends Facts {
  readonly stores: Stores & Facts["stores"];
  /** Of Castle's own workloads. */
  readonly images: Readonly<Partial<Record<WorkloadName, pulumi.Input<string>>>>;
  readonly pipeline: Pipeline;
}

/** Of those that run in containers, as services or when they are asked for. */
export function specsOf(site: Site, around: Surroundings): readonly WorkloadSpec[] {
  return workloadsOf(site.config)
    .filter(({ kind }) => kind === "ecs" || kind === "eks" || kind === "task")
    .flatMap((workload) => {
      const image = imageOf(workload, around);
      return image === undefined ? [] : [specOf(site, around, workload, image)];
    });
}

function imageOf({ name, artefact }: Workload, { images }: Surroundings) {
  if (artefact.from === "operator") return artefact.reference;
  return artefact.from === "castle" ? images[name] : undefined;
}

function specOf(
  site: Site,
  around: Surroundings,
  workload: Workload,
  image: pulumi.Input<string>,
): WorkloadSpec {
  const own = ownPart(site, around, workload);
  const rights = rightsOf(site, around, workload);
  const { statements, environment, scaling } = accessOf(around.pipeline, workload);
  return {
    workload,
    image,
    ...own,
    environment: { ...environment, ...own.environment },
    statements: [...rights, ...statements],
    pipelineScaling: scaling,
  };
}

type OwnPart = Omit<WorkloadSpec, "workload" | "image" | "statements" | "pipelineScaling">;

/** Memory on hosts, a volume in tasks: configuration, keys and certificate, gone with the process. */
const runDirectory = "/run/castle";

/** Any answer will do: who restarts a gateway because the engines are away makes two outages of one. */
const answers = (port: number): readonly string[] => [
  "node",
  "-e",
  `fetch("http://127.0.0.1:${port}/status").then(()=>process.exit(0),()=>process.exit(1))`,
];

function ownPart(site: Site, around: Surroundings, workload: Workload): OwnPart {
  const { stores } = around;
  const node = { writablePaths: [runDirectory], isSingle: false };
  switch (workload.name) {
    case "gateway":
      return {
        ...node,
        environment: {
          CASTLE_EXCHANGE: exchangeJsonOf(site, stores),
          CASTLE_NODE: "gateway",
          CASTLE_ZONES: zonesJson(stores.network.zoneNames),
          ...certificateOf(site),
        },
        secrets: [...exchangeSecretsOf(site, stores.journal), apiKeysOf(site)],
        ports: [gatewayPort],
        statusPort: ports.gatewayStatus,
        healthCommand: answers(ports.gatewayStatus),
      };
    case "history":
      // No look at its health: in the region that follows it waits for a database that may write.
      return {
        ...node,
        environment: {
          CASTLE_EXCHANGE: exchangeJsonOf(site, stores),
          CASTLE_NODE: "history",
        },
        secrets: exchangeSecretsOf(site, stores.journal),
        ports: [ports.historyStatus],
        statusPort: ports.historyStatus,
        isSingle: true,
      };
    case "controller":
      return {
        ...node,
        environment: controllerEnvironment(site, around),
        secrets: [operatorTokenOf(site)],
        ports: [ports.controllerStatus],
        statusPort: ports.controllerStatus,
        healthCommand: answers(ports.controllerStatus),
        isSingle: true,
      };
    case "chaos-probe":
      return {
        environment: { CASTLE_ENDPOINTS: endpointsOf(site), ...probeReports(site) },
        secrets: [apiKeysOf(site)],
        ports: [],
        writablePaths: ["/tmp"],
        isSingle: true,
      };
    default:
      return {
        ...visitorsValues(site, around, workload),
        writablePaths: [],
        // A second one would publish everything twice.
        isSingle: workload.name === "publisher",
      };
  }
}

/** Zone name to letter: a task learns only where it runs in which zone that is. */
const zonesJson = (zoneNames: readonly pulumi.Input<string>[]) =>
  pulumi
    .all([...zoneNames])
    .apply((names) =>
      JSON.stringify(Object.fromEntries(names.map((name, index) => [name, "abc"[index]]))),
    );

/** Fetched with its key when the gateway starts. */
const certificateOf = ({ config, global, region }: Site) =>
  config.api.hasTlsAtGateway
    ? { CASTLE_CERTIFICATE_ARN: of(global.gatewayCertificateArns, region) }
    : {};

/** From outside, as clients come; twice, as a client keeps two warm connections. */
const endpointsOf = (site: Site): string => [exchangeUrlOf(site), exchangeUrlOf(site)].join(",");

function controllerEnvironment(site: Site, around: Surroundings) {
  const { deploymentJson, peerExchangeJson } = controllerFiles(site, around);
  const { hosts, stores } = around;
  return {
    CASTLE_NODE: "controller",
    CASTLE_REGION: site.config.role,
    CASTLE_EXCHANGE: exchangeJsonOf(site, stores, hosts(site.config.role)).apply(withoutPasswords),
    CASTLE_DEPLOYMENT: deploymentJson,
    ...(peerExchangeJson === undefined ? {} : { CASTLE_PEER_EXCHANGE: peerExchangeJson }),
  };
}
