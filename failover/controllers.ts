// What the controllers of the regions say under GET /status. One that does not answer is a value.

import { z } from "zod";
import type { Deployment } from "./deployment.ts";
import type { Ports } from "./ports.ts";
import { look, type View } from "./view.ts";

const timeoutMs = 2_000;

const controllerSchema = z.object({
  region: z.string(),
  approval: z.enum(["manual", "automatic"]),
  decision: z.object({ kind: z.string(), reason: z.string() }),
  confirmedAgoMs: z.number().nullable(),
  isOtherSeen: z.boolean().nullable(),
  watch: z.object({
    lagWhenSeen: z.object({ entries: z.number(), ms: z.number() }).nullable(),
  }),
  proposal: z.object({ id: z.string(), reason: z.string() }).optional(),
});

export interface ControllerView {
  readonly region: string;
  readonly status?: z.infer<typeof controllerSchema>;
  readonly problem?: string;
  readonly proposal?: { readonly id: string; readonly reason: string };
}

/** One look at all there is: nodes, register, traffic, and what the controllers remember. */
export async function lookAtDeployment(
  deployment: Deployment,
  ports: Ports,
  signal: AbortSignal,
): Promise<View & { readonly controllers: readonly ControllerView[] }> {
  const [view, controllers] = await Promise.all([
    look(ports, signal),
    lookAtControllers(deployment),
  ]);
  return { ...view, controllers };
}

function lookAtControllers({ regions }: Deployment): Promise<ControllerView[]> {
  return Promise.all(
    regions.flatMap(({ name, controller }) =>
      controller === undefined
        ? []
        : [lookAtController(name, `http://${controller.host}:${controller.statusPort}/status`)],
    ),
  );
}

async function lookAtController(region: string, url: string): Promise<ControllerView> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const status = controllerSchema.parse(await response.json());
    const { proposal } = status;
    return { region, status, ...(proposal !== undefined && { proposal }) };
  } catch (error) {
    const cause = (error as Error).cause as Error | undefined;
    return { region, problem: (cause ?? (error as Error)).message };
  }
}
