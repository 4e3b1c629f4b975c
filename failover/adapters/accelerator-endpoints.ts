// Accelerator endpoints: what an endpoint group holds, and the list that gives its endpoints another weight. Pure.
// An update replaces the whole list, so what is not listed is removed, and what is not said is reset:
// everything that was read goes back, with the weight alone changed.

import type {
  EndpointConfiguration,
  EndpointDescription,
} from "@aws-sdk/client-global-accelerator";

/** What Global Accelerator gives by default. */
const weightOfAll = 128;
/** Weight, not traffic dial, is what excludes: a failover ignores the dial. */
const weightOfNone = 0;

export interface EndpointGroup {
  readonly arn: string;
  /** Ours in this group; all of it where absent. */
  readonly endpoints?: readonly string[] | undefined;
}

const isOurs = (group: EndpointGroup, { EndpointId }: EndpointDescription): boolean =>
  group.endpoints === undefined || group.endpoints.includes(EndpointId ?? "");

/** Whether clients may be sent there. */
export function isOpen(group: EndpointGroup, found: readonly EndpointDescription[]): boolean {
  return found.some((endpoint) => isOurs(group, endpoint) && (endpoint.Weight ?? weightOfAll) > 0);
}

/** Ours that are missing, so that no weight could open the group. */
export function missingEndpoints(
  group: EndpointGroup,
  found: readonly EndpointDescription[],
): string[] {
  const there = found.map(({ EndpointId }) => EndpointId);
  if (group.endpoints !== undefined) return group.endpoints.filter((id) => !there.includes(id));
  return there.length === 0 ? ["any"] : [];
}

/** The whole list as it shall be; `null` where it is so already. A weight above zero is kept. */
export function withWeight(
  group: EndpointGroup,
  found: readonly EndpointDescription[],
  isOpenNow: boolean,
): EndpointConfiguration[] | null {
  let isChanged = false;
  const configurations = found.map((endpoint): EndpointConfiguration => {
    const { EndpointId, Weight = weightOfAll, ClientIPPreservationEnabled } = endpoint;
    const isRight = !isOurs(group, endpoint) || Weight > 0 === isOpenNow;
    if (!isRight) isChanged = true;
    return {
      EndpointId,
      Weight: isRight ? Weight : isOpenNow ? weightOfAll : weightOfNone,
      ...(ClientIPPreservationEnabled === undefined ? {} : { ClientIPPreservationEnabled }),
    };
  });
  return isChanged ? configurations : null;
}
