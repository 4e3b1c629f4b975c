// A fake of Route 53: sets of records, changed in transactions that delete exactly what is there, and health
// checks with a version. As much XML as the adapter's five calls need.

import { type Answer, type Sent, xml, xmlError } from "./recording-handler.ts";

/** Leaves of a set, by the name of their element. */
export type FakeSet = Readonly<Record<string, string>>;

interface FakeHealthCheck {
  readonly version: number;
  readonly isDisabled: boolean;
  readonly isInverted: boolean;
}

export class FakeRoute53 {
  sets: readonly FakeSet[];
  readonly healthChecks: Map<string, FakeHealthCheck>;
  readonly harm: string[] = [];
  changes = 0;

  constructor(sets: readonly FakeSet[], healthCheckIds: readonly string[] = []) {
    this.sets = sets;
    const fresh = { version: 1, isDisabled: false, isInverted: false };
    this.healthChecks = new Map(healthCheckIds.map((id) => [id, fresh]));
  }

  readonly answer = (sent: Sent): Answer => {
    const healthCheckId = /healthcheck\/([^/?]+)/.exec(sent.path)?.[1];
    if (healthCheckId !== undefined) return this.healthCheck(healthCheckId, sent);
    if (sent.path.includes("/change/")) return xml(change("INSYNC", "GetChangeResponse"));
    return sent.method === "GET" ? this.list(sent) : this.change(sent);
  };

  private list({ path }: Sent): Answer {
    const from = new URLSearchParams(path.split("?")[1]).get("name") ?? "";
    const names = this.sets.filter(({ Name = "" }) => Name >= from);
    const sets = names.map((set) => `<ResourceRecordSet>${asXml(set)}</ResourceRecordSet>`);
    return xml(
      `<ListResourceRecordSetsResponse><ResourceRecordSets>${sets.join("")}</ResourceRecordSets>` +
        "<IsTruncated>false</IsTruncated><MaxItems>10</MaxItems></ListResourceRecordSetsResponse>",
    );
  }

  /** All or nothing. */
  private change({ body }: Sent): Answer {
    let sets = [...this.sets];
    for (const [, text = ""] of body.matchAll(/<Change>(.*?)<\/Change>/gs)) {
      const { Action, ...set } = leavesOf(text);
      const there = sets.find((other) => sortedText(other) === sortedText(set));
      if (Action === "DELETE" && there === undefined) return refused("values do not match");
      if (Action === "DELETE") sets = sets.filter((other) => other !== there);
      else {
        const isTaken = sets.some(
          ({ Name, SetIdentifier, Failover }) =>
            Name === set.Name &&
            (SetIdentifier === set.SetIdentifier ||
              (Failover !== undefined && Failover === set.Failover)),
        );
        if (isTaken) return refused("already exists");
        sets.push(set);
      }
    }
    this.sets = sets;
    this.changes += 1;
    return xml(change("PENDING", "ChangeResourceRecordSetsResponse"));
  }

  private healthCheck(id: string, { method, body }: Sent): Answer {
    const found = this.healthChecks.get(id);
    if (found === undefined) return xmlError("NoSuchHealthCheck", "no such check", 404);
    if (method === "POST") {
      const leaves = leavesOf(body);
      if (Number(leaves.HealthCheckVersion) !== found.version) {
        return xmlError("HealthCheckVersionMismatch", "changed meanwhile", 409);
      }
      this.healthChecks.set(id, {
        version: found.version + 1,
        isDisabled: leaves.Disabled === "true",
        isInverted: leaves.Inverted === "true",
      });
      const all = [...this.healthChecks.values()];
      if (all.every(({ isInverted }) => isInverted)) this.harm.push("every health check fails");
    }
    const { version, isDisabled, isInverted } = this.healthChecks.get(id) ?? found;
    return xml(
      `<R><HealthCheck><Id>${id}</Id><CallerReference>r</CallerReference><HealthCheckConfig>` +
        `<Type>HTTPS</Type><Disabled>${isDisabled}</Disabled><Inverted>${isInverted}</Inverted>` +
        `</HealthCheckConfig><HealthCheckVersion>${version}</HealthCheckVersion></HealthCheck></R>`,
    );
  }
}

const change = (status: string, name: string): string =>
  `<${name}><ChangeInfo><Id>/change/C1</Id><Status>${status}</Status>` +
  `<SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo></${name}>`;

const refused = (words: string): Answer =>
  xml(
    `<InvalidChangeBatch><Messages><Message>${words}</Message></Messages></InvalidChangeBatch>`,
    400,
  );

function leavesOf(text: string): Record<string, string> {
  const leaves = [...text.matchAll(/<(\w+)>([^<]*)<\/\1>/g)];
  return Object.fromEntries(leaves.map(([, name = "", value = ""]) => [name, value]));
}

const sortedText = (set: FakeSet): string => JSON.stringify(Object.entries(set).sort());

/** One value a set: `Value` is the only leaf that is not a child of the set itself. */
const asXml = (set: FakeSet): string =>
  Object.entries(set)
    .map(([name, value]) =>
      name === "Value"
        ? `<ResourceRecords><ResourceRecord><Value>${value}</Value></ResourceRecord></ResourceRecords>`
        : `<${name}>${value}</${name}>`,
    )
    .join("");
