// Traffic by Global Accelerator: an endpoint group a region, open by weight 128 or shut by weight 0; the dial is
// left alone. Order: the new group is opened, read again, and only then is the old one shut. With both open
// clients go to whoever is healthy by /health/primary, and the term fences the rest; with both shut the
// accelerator would fail open, to a lost region too. The old one must end shut: the accelerator fails back
// by itself within half a minute to whatever is healthy and has weight.

import {
  DescribeEndpointGroupCommand,
  type EndpointDescription,
  GlobalAcceleratorClient,
  UpdateEndpointGroupCommand,
} from "@aws-sdk/client-global-accelerator";
import { FailoverError } from "../errors.ts";
import type { TrafficRouter } from "../traffic.ts";
import {
  type EndpointGroup,
  isOpen,
  missingEndpoints,
  withWeight,
} from "./accelerator-endpoints.ts";
import { awsCall } from "./aws-call.ts";
import { type AwsAccess, type CallLimits, clientOptions, controlLimits } from "./client-options.ts";

export interface GlobalAcceleratorOptions extends Omit<AwsAccess, "region"> {
  /** By region. */
  readonly groups: Readonly<Record<string, EndpointGroup>>;
}

/** The accelerator's one control plane is there; its data plane is everywhere. */
const controlRegion = "us-west-2";

export class GlobalAcceleratorTraffic implements TrafficRouter {
  readonly name = "Global Accelerator";
  private readonly client: GlobalAcceleratorClient;
  private readonly groups: ReadonlyMap<string, EndpointGroup>;
  private readonly limits: CallLimits;

  constructor(options: GlobalAcceleratorOptions) {
    this.limits = options.limits ?? controlLimits;
    this.client = new GlobalAcceleratorClient(
      clientOptions({ ...options, region: controlRegion }, this.limits),
    );
    this.groups = new Map(Object.entries(options.groups));
  }

  describe(toRegion: string): string {
    return (
      `Global Accelerator: give ${toRegion}'s endpoints weight 128, then the other region's weight 0; ` +
      "its control plane is in us-west-2: a region at weight 0 gets no clients without it, " +
      "so clients that cannot wait use the names in Route 53"
    );
  }

  async current(signal: AbortSignal): Promise<string | null> {
    const open: string[] = [];
    for (const [region, group] of this.groups) {
      if (isOpen(group, await this.endpointsOf(group, signal))) open.push(region);
    }
    return open.length === 1 ? (open[0] ?? null) : null;
  }

  async moveTo(toRegion: string, signal: AbortSignal): Promise<void> {
    const opening = this.groups.get(toRegion);
    if (opening === undefined) throw unsafe(`has no endpoint group for region ${toRegion}`);
    await this.setOpen(opening, true, signal);
    for (const [region, group] of this.groups) {
      if (region === toRegion) continue;
      // Looked at again each time: whatever happened meanwhile, one of them stays open.
      if (!isOpen(opening, await this.endpointsOf(opening, signal))) {
        throw unsafe(`would be left without an open region: ${toRegion} did not stay open`);
      }
      await this.setOpen(group, false, signal);
    }
  }

  close(): void {
    this.client.destroy();
  }

  private async setOpen(
    group: EndpointGroup,
    isOpenNow: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const found = await this.endpointsOf(group, signal);
    const missing = missingEndpoints(group, found);
    if (isOpenNow && missing.length > 0) {
      throw unsafe(`group ${group.arn} lacks endpoints: ${missing.join(", ")}`);
    }
    const configurations = withWeight(group, found, isOpenNow);
    if (configurations === null) return;
    const command = new UpdateEndpointGroupCommand({
      EndpointGroupArn: group.arn,
      EndpointConfigurations: configurations,
    });
    await awsCall(
      "Global Accelerator UpdateEndpointGroup",
      signal,
      (abortSignal) => this.client.send(command, { abortSignal }),
      this.limits,
    );
  }

  private async endpointsOf(
    group: EndpointGroup,
    signal: AbortSignal,
  ): Promise<readonly EndpointDescription[]> {
    const command = new DescribeEndpointGroupCommand({ EndpointGroupArn: group.arn });
    const { EndpointGroup: found } = await awsCall(
      "Global Accelerator DescribeEndpointGroup",
      signal,
      (abortSignal) => this.client.send(command, { abortSignal }),
      this.limits,
    );
    return found?.EndpointDescriptions ?? [];
  }
}

const unsafe = (problem: string): FailoverError =>
  new FailoverError("TRAFFIC_UNSAFE", `Global Accelerator ${problem}`);
