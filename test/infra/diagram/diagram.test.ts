// A stack's topology, from what its resources were computed from.

import { expect } from "chai";
import { mermaid } from "../../../infra/diagram/mermaid.ts";
import { type Drawn, topologyOf } from "../../../infra/diagram/topology.ts";

const made = (name: string, type: string, parent?: string, sources: string[] = []): Drawn => ({
  urn: name,
  type,
  name,
  ...(parent === undefined ? {} : { parentUrn: parent }),
  sources,
});

const resources: readonly Drawn[] = [
  made("stack", "pulumi:pulumi:Stack"),
  made("network", "castle:infra:Network", "stack"),
  made("network-vpc", "aws:ec2/vpc:Vpc", "network"),
  made("network-a", "aws:ec2/subnet:Subnet", "network", ["network-vpc"]),
  made("network-b", "aws:ec2/subnet:Subnet", "network", ["network-vpc"]),
  made("journal", "castle:infra:JournalStore", "stack"),
  made("journal-inner", "castle:infra:Part", "journal"),
  made("journal-group", "aws:elasticache/subnetGroup:SubnetGroup", "journal-inner", ["network-a"]),
  made("site", "pulumi:providers:aws", "stack"),
];

describe("Diagram", () => {
  it("draws components, and who uses whom, however deep a resource lies", () => {
    const { nodes, edges } = topologyOf(resources);
    expect(nodes.map(({ id }) => id)).to.deep.equal(["journal", "network"]);
    expect(edges).to.deep.equal([["journal", "network"]]);
    expect(nodes[1]?.holds).to.deep.equal([
      { type: "aws:ec2/subnet:Subnet", count: 2 },
      { type: "aws:ec2/vpc:Vpc", count: 1 },
    ]);
  });

  it("puts them into the part of the exchange that they belong to", () => {
    const text = mermaid(topologyOf(resources));
    expect(text).to.match(/^flowchart LR\n/);
    expect(text).to.match(/subgraph Matching\n {4}journal\[/);
    expect(text).to.match(/subgraph Ground\n {4}network\["<b>network<\/b><br\/>2 × Subnet/);
    expect(text).to.include("  journal --> network\n");
  });
});
