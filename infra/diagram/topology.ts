// Who is connected to whom, from the resources that a stack registers: components are the nodes, and an
// input that was computed from another component's resource is an edge. Pure.

export interface Drawn {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parentUrn?: string;
  /** URNs that its inputs were computed from. */
  readonly sources: readonly string[];
}

export interface Node {
  readonly id: string;
  /** Token of the component, such as castle:infra:Network; of the resource where it stands alone. */
  readonly type: string;
  readonly name: string;
  /** Resources in it, by type, the most frequent first. */
  readonly holds: readonly { readonly type: string; readonly count: number }[];
}

export interface Topology {
  readonly nodes: readonly Node[];
  /** From the user to what it uses. */
  readonly edges: readonly (readonly [from: string, to: string])[];
}

export function topologyOf(resources: readonly Drawn[]): Topology {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const tops = new Map(resources.map((resource) => [resource.urn, topOf(resource, byUrn)]));
  const members = Map.groupBy(resources, ({ urn }) => tops.get(urn)?.urn ?? urn);
  const nodes = [...members]
    .flatMap(([top, held]) => {
      const resource = byUrn.get(top);
      return resource === undefined || isPlumbing(resource) ? [] : [nodeOf(resource, held)];
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const known = new Set(nodes.map(({ id }) => id));
  const edges = new Map<string, readonly [string, string]>();
  for (const resource of resources) {
    const from = idOf(tops.get(resource.urn) ?? resource);
    for (const source of resource.sources) {
      const top = tops.get(source);
      if (top === undefined) continue;
      const to = idOf(top);
      if (from !== to && known.has(from) && known.has(to)) edges.set(`${from} ${to}`, [from, to]);
    }
  }
  return { nodes, edges: [...edges.values()].toSorted(byText) };
}

const byText = (a: readonly string[], b: readonly string[]) => (a.join() < b.join() ? -1 : 1);

/** Providers and references to other stacks are how it is deployed, not what is. */
const isPlumbing = ({ type }: Drawn): boolean => type.startsWith("pulumi:");

const idOf = ({ name }: Drawn): string => name.replaceAll(/[^A-Za-z0-9]/g, "_");

/** The outermost component around it. A chain of parents ends: URNs hold their parents' types. */
function topOf(resource: Drawn, byUrn: ReadonlyMap<string, Drawn>): Drawn {
  let top = resource;
  for (let depth = 0; depth < byUrn.size; depth++) {
    const parent = top.parentUrn === undefined ? undefined : byUrn.get(top.parentUrn);
    if (parent === undefined || parent.type === "pulumi:pulumi:Stack") return top;
    top = parent;
  }
  return top;
}

function nodeOf(top: Drawn, held: readonly Drawn[]): Node {
  const parts = held.filter(({ type }) => !type.startsWith("castle:"));
  const counts = [...Map.groupBy(parts, ({ type }) => type)].map(([type, some]) => ({
    type,
    count: some.length,
  }));
  const holds = counts.toSorted((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
  return { id: idOf(top), type: top.type, name: top.name, holds };
}
