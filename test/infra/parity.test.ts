// prod and dr are one program with other values: what differs beyond place is in this list, with its reason.

import { expect } from "chai";
import { differences, type PlaceWords } from "../../infra/parity.ts";
import { rehearse } from "../../infra/rehearsal.ts";

/** What names the place; longer words first. */
const prodWords: PlaceWords = [
  ["prod.castle.internal", "namespace"],
  ["us-east-1d", "zone c"],
  ["us-east-1", "region"],
  ["us-west-2", "peer region"],
  ["use1-az1", "zone a id"],
  ["use1-az2", "zone b id"],
  ["use1-az4", "zone c id"],
  ["10.16.", "network "],
  ["10.32.", "peer network "],
  ["archive-prod", "archive"],
  ["archive-dr", "peer archive"],
];
const drWords: PlaceWords = [
  ["dr.castle.internal", "namespace"],
  ["us-west-2c", "zone c"],
  ["us-west-2", "region"],
  ["us-east-1", "peer region"],
  ["usw2-az1", "zone a id"],
  ["usw2-az2", "zone b id"],
  ["usw2-az3", "zone c id"],
  ["10.32.", "network "],
  ["10.16.", "peer network "],
  ["archive-dr", "archive"],
  ["archive-prod", "peer archive"],
];

/** What may differ, by where it is. */
const declared: readonly (readonly [where: RegExp, why: string])[] = [
  [/EndpointGroup .*weight$/, "traffic goes to one region"],
  [/Record .*failoverRoutingPolicies\.0\.type$/, "and DNS prefers the same one"],
  [/Record .*setIdentifier$/, "records of one name are told apart"],
  [/HealthCheck .*(regions\.\d|tags\.Name)$/, "its name, and the order of its checkers"],
  [/(RegionLink|StackReference)/, "the later stack makes the link, and reads the earlier one"],
  [/Budget .*costFilters/, "each stack has its own budget"],
  [/AnomalyMonitor .*monitorSpecification$/, "as above"],
  [/(Policy|Target) history-readers$/, "Aurora scales no readers of a secondary cluster"],
  [
    /rds\/cluster:Cluster history: (databaseName|masterUsername|masterPassword)$/,
    "a secondary cluster has them from the primary",
  ],
  [
    /RolePolicy experiments-role-policy: policy$/,
    "roles are looked for in us-east-1, where one of them happens to be",
  ],
  [/RolePolicy table-cache-role-policy: policy$/, "the tables' ARNs, of each region"],
  [/experiments-(starter|turn|probe)/, "experiments run in prod only"],
  [/ZonalAutoshiftConfiguration .*blockedWindows/, "and AWS's practice runs keep clear of them"],
  [
    /(gateway|history|controller)-definition: containerDefinitions$/,
    "what they are told: addresses, and the other region",
  ],
  [/(gateway|history)-execution-policy: policy$/, "dr's read prod's journal too, and its secret"],
  [/controller-task-policy: policy$/, "dr's shuts prod's endpoint group"],
  [/NameLink/, "the later stack lets both resolve each other's names"],
  [
    /engines-\d-template: userData$/,
    "the exchange's configuration: addresses, and the other region",
  ],
  [/engines-host-policy: policy$/, "dr's engines read prod's journal, and its secret"],
  [
    /UserPoolDomain people-domain: certificateArn$/,
    "in us-east-1, where one of them happens to be",
  ],
  [/RestApi rest-api: body$/, "dr also lets in people of prod's pool"],
  [/providers:aws site: defaultTags$/, "the tag that names the stack"],
];

describe("prod and dr", function () {
  this.timeout(60_000);

  it("differ in what is declared only, and every declared difference is there", async () => {
    const [prod, dr] = [await rehearse("prod"), await rehearse("dr")];
    const found = differences(prod.resources, dr.resources, { one: prodWords, other: drWords });
    const surprising = found.filter(({ where }) => !declared.some(([known]) => known.test(where)));
    expect(surprising).to.deep.equal([]);
    const idle = declared.filter(([known]) => !found.some(({ where }) => known.test(where)));
    expect(idle.map(([, why]) => why)).to.deep.equal([]);
  });
});
