// A fake of Global Accelerator's control plane: endpoint groups whose list of endpoints an update replaces whole.

import { type Answer, json, jsonError, type Sent } from "./recording-handler.ts";

export interface FakeEndpoint {
  readonly EndpointId: string;
  readonly Weight: number;
  readonly ClientIPPreservationEnabled?: boolean;
}

export class FakeAccelerator {
  readonly groups: Map<string, readonly FakeEndpoint[]>;
  readonly updates: object[] = [];
  /** Of any moment: what would have hurt clients. */
  readonly harm: string[] = [];

  constructor(groups: Readonly<Record<string, readonly FakeEndpoint[]>>) {
    this.groups = new Map(Object.entries(groups));
  }

  /** Endpoints of another service in the same group: they say nothing about our clients. */
  private isForeign(endpointId: string): boolean {
    return endpointId.endsWith("other");
  }

  readonly answer = (sent: Sent): Answer => {
    const { EndpointGroupArn, ...rest } = JSON.parse(sent.body);
    const endpoints = this.groups.get(EndpointGroupArn);
    if (endpoints === undefined)
      return jsonError("EndpointGroupNotFoundException", "no such group");
    if (sent.target?.endsWith("UpdateEndpointGroup")) {
      this.updates.push({ EndpointGroupArn, ...rest });
      this.groups.set(EndpointGroupArn, rest.EndpointConfigurations ?? endpoints);
      const all = [...this.groups.values()]
        .flat()
        .filter(({ EndpointId }) => !this.isForeign(EndpointId));
      if (all.every(({ Weight }) => Weight === 0)) this.harm.push("all shut: it fails open");
    }
    return json({
      EndpointGroup: {
        EndpointGroupArn,
        TrafficDialPercentage: 100,
        EndpointDescriptions: this.groups.get(EndpointGroupArn),
      },
    });
  };
}
