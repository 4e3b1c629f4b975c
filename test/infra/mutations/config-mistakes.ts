// Mistakes in a stack's configuration, one each, and the field that the one error must name.

type Values = Record<string, Record<string, unknown>>;

export interface ConfigMistake {
  readonly mistake: string;
  readonly stack: "global" | "prod" | "dr";
  /** Path in the error: section and field. */
  readonly names: string;
  readonly plant: (sections: Values) => void;
}

const set = (section: string, fields: Record<string, unknown>) => (sections: Values) => {
  sections[section] = { ...sections[section], ...fields };
};

export const configMistakes: readonly ConfigMistake[] = [
  {
    mistake: "both engines in one zone",
    stack: "prod",
    names: "place.zoneIds",
    plant: set("place", { zoneIds: ["use1-az1", "use1-az1", "use1-az4"] }),
  },
  {
    mistake: "two zones only",
    stack: "prod",
    names: "place.zoneIds",
    plant: set("place", { zoneIds: ["use1-az1", "use1-az2"] }),
  },
  {
    mistake: "zone letters instead of ids",
    stack: "prod",
    names: "place.zoneIds",
    plant: set("place", { zoneIds: ["us-east-1a", "us-east-1b", "us-east-1c"] }),
  },
  {
    mistake: "zones of another region",
    stack: "dr",
    names: "place.zoneIds",
    plant: set("place", { zoneIds: ["use1-az1", "use1-az2", "use1-az4"] }),
  },
  {
    mistake: "an engine where z1d is not offered",
    stack: "prod",
    names: "place.zoneIds",
    plant: set("place", { zoneIds: ["use1-az3", "use1-az2", "use1-az4"] }),
  },
  {
    mistake: "a region without z1d",
    stack: "prod",
    names: "site.region",
    plant: (sections) => {
      set("site", { region: "eu-north-1" })(sections);
      set("place", { zoneIds: ["eun1-az1", "eun1-az2", "eun1-az3"] })(sections);
    },
  },
  {
    mistake: "EFA on z1d",
    stack: "prod",
    names: "matching.networkInterface",
    plant: set("matching", { networkInterface: "efa" }),
  },
  {
    mistake: "networks that overlap",
    stack: "prod",
    names: "network.peerCidr",
    plant: set("network", { peerCidr: "10.16.128.0/17" }),
  },
  {
    mistake: "a Local Zone of another region",
    stack: "prod",
    names: "matching.localZone.name",
    plant: set("matching", { localZone: { name: "us-west-2-lax-1a", cidr: "10.48.0.0/24" } }),
  },
  {
    mistake: "a network too small to cut",
    stack: "prod",
    names: "network.cidr",
    plant: set("network", { cidr: "10.16.0.0/24" }),
  },
  {
    mistake: "dr without prod",
    stack: "dr",
    names: "place.prodStack",
    plant: set("place", { prodStack: undefined }),
  },
  {
    mistake: "an unknown pipeline",
    stack: "prod",
    names: "pipeline.kind",
    plant: set("pipeline", { kind: "rabbitmq" }),
  },
  {
    mistake: "a connector's plugin that is no archive",
    stack: "prod",
    names: "pipeline.msk.connectors.s3",
    plant: set("pipeline", { kind: "msk", msk: { connectors: { s3: "confluentinc-s3" } } }),
  },
  {
    mistake: "a connector without topics",
    stack: "prod",
    names: "pipeline.msk.connectors.kinesis",
    plant: set("pipeline", { kind: "kinesis", msk: { connectors: { kinesis: "a/plugin.zip" } } }),
  },
  {
    mistake: "a Global Datastore of MemoryDB",
    stack: "prod",
    names: "journal.hasGlobalDatastore",
    plant: set("journal", { kind: "memorydb", hasGlobalDatastore: true }),
  },
  {
    mistake: "Kafka's flow without pods",
    stack: "prod",
    names: "compute.kind",
    plant: set("pipeline", { kind: "msk-flow" }),
  },
  {
    mistake: "a Kubernetes version whose add-ons nobody knows",
    stack: "prod",
    names: "compute.eks.version",
    plant: set("compute", { kind: "eks", eks: { version: "1.31" } }),
  },
  {
    mistake: "nodes that Castle's images do not run on",
    stack: "prod",
    names: "compute.eks.instanceTypes",
    plant: set("compute", { kind: "eks", eks: { instanceTypes: ["m7g.xlarge", "m6i.xlarge"] } }),
  },
  {
    mistake: "Spot nodes of one type",
    stack: "prod",
    names: "compute.eks.instanceTypes",
    plant: set("compute", { kind: "eks", eks: { instanceTypes: ["m7i.xlarge"] } }),
  },
  {
    mistake: "a task size that Fargate does not have",
    stack: "prod",
    names: "compute.service.memoryMiB",
    plant: set("compute", { service: { cpu: 1024, memoryMiB: 1024, countMin: 3, countMax: 30 } }),
  },
  {
    mistake: "a database that sleeps",
    stack: "prod",
    names: "database.acuMin",
    plant: set("database", { acuMin: 0.5 }),
  },
  {
    mistake: "fewer tasks at most than at least",
    stack: "prod",
    names: "compute.gateway.countMax",
    plant: set("compute", { gateway: { cpu: 2048, memoryMiB: 4096, countMin: 6, countMax: 3 } }),
  },
  {
    mistake: "a misspelt field",
    stack: "prod",
    names: "matching.instanceTyp",
    plant: set("matching", { instanceTyp: "z1d.6xlarge" }),
  },
  {
    mistake: "the register's witness in prod's region",
    stack: "global",
    names: "global.witnessRegion",
    plant: set("global", { witnessRegion: "us-east-1" }),
  },
  {
    mistake: "a register across sets of regions",
    stack: "global",
    names: "global.drRegion",
    plant: set("global", { drRegion: "ap-northeast-1" }),
  },
  {
    mistake: "an authorizer without what it lets people in to",
    stack: "prod",
    names: "workloads.functions.messages",
    plant: set("workloads", { functions: { "messages-authorizer": "artefacts/authorizer.zip" } }),
  },
  {
    mistake: "a function that no API calls",
    stack: "prod",
    names: "workloads.functions.messages",
    plant: (sections) => {
      set("workloads", { functions: { messages: "artefacts/messages.zip" } })(sections);
      set("api", { hasWebSocket: false })(sections);
    },
  },
];
