// Runs a Pulumi program without AWS and without the CLI, and returns every resource it registered.
// The program runs under Pulumi's mocks in a store of its own: nothing of one capture (configuration,
// stack, monitor) reaches another. Captures run one after the other, because a rejected promise
// names no program: whichever capture is running gets it.

import * as pulumi from "@pulumi/pulumi";
import * as runtimeState from "@pulumi/pulumi/runtime/state.js";
import { inventAnswer } from "./invented-answers.ts";
import { type CapturedResource, type Place, Recorder, type Violation } from "./recorder.ts";

export type { CapturedResource, Violation } from "./recorder.ts";

export interface CaptureRequest {
  /** Declares the resources; what it returns are the stack's outputs. */
  readonly build: () => unknown;
  readonly stack?: string;
  /** By full key: `castle:site`, `aws:region`. Objects as JSON. */
  readonly config?: Readonly<Record<string, string>>;
  readonly secretKeys?: readonly string[];
  /** Where resources lie that name no region; `aws:region` otherwise, else us-east-1. */
  readonly region?: string;
  readonly accountId?: string;
  /** Outputs of the stacks that are referred to, by full name. */
  readonly stackOutputs?: Place["stackOutputs"];
  /** Within which everything must have been registered. */
  readonly timeoutMs?: number;
}

export interface Capture {
  /** By URN. */
  readonly resources: readonly CapturedResource[];
  /** Of the stack, plain. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly violations: readonly Violation[];
}

const project = "castle";

/** `withLocalStorage` is what Pulumi's automation runs concurrent programs in; its types leave it out. */
const { withLocalStorage } = runtimeState as unknown as {
  withLocalStorage<T>(run: () => T): T;
};

let turn: Promise<unknown> = Promise.resolve();

/** Collects what is wrong with the program instead of failing: read `violations`. */
export function capture(request: CaptureRequest): Promise<Capture> {
  const captured = turn.then(() => withLocalStorage(() => captureNow(request)));
  turn = captured.catch(() => undefined);
  return captured;
}

/** As `capture`, and fails on the first violation: for tests that want a sound program. */
export async function captureWhole(request: CaptureRequest): Promise<Capture> {
  const captured = await capture(request);
  const [first, ...others] = captured.violations;
  if (first === undefined) return captured;
  const more = others.map(({ message }) => `\n  ${message}`).join("");
  throw new Error(`${first.message}${more}`, { cause: first.cause });
}

async function captureNow(request: CaptureRequest): Promise<Capture> {
  const recorder = new Recorder(placeOf(request));
  const rejections = new Set<unknown>();
  const restore = holdRejections((reason) => rejections.add(reason));
  const stopListening = recorder.listenToComponents();
  try {
    await startMocks(request, recorder);
    await pulumi.runtime
      .runInPulumiStack(async () => await request.build())
      .catch((error: unknown) => void rejections.add(error));
    const isSettled = await settled(request.timeoutMs ?? 60_000);
    if (!isSettled) {
      const message = "some resources wait for a value that never comes";
      recorder.violations.push({ kind: "unsettled", message });
    }
  } finally {
    stopListening();
    restore();
  }
  return captureOf(recorder, rejections);
}

function placeOf(request: CaptureRequest): Place {
  return {
    project,
    stack: request.stack ?? "prod",
    region: request.region ?? request.config?.["aws:region"] ?? "us-east-1",
    accountId: request.accountId ?? "123456789012",
    stackOutputs: request.stackOutputs ?? {},
  };
}

async function startMocks(request: CaptureRequest, recorder: Recorder): Promise<void> {
  const place = placeOf(request);
  await pulumi.runtime.setMocks(
    {
      newResource: () => {
        const { invention } = recorder;
        if (invention === undefined)
          throw new Error("a resource is asked for before it is recorded");
        return { id: invention.id, state: invention.outputs };
      },
      call: ({ token, inputs }) => inventAnswer({ token, args: inputs, place }),
    },
    place.project,
    place.stack,
    false,
    "organization",
  );
  pulumi.runtime.setAllConfig({ ...request.config }, [...(request.secretKeys ?? [])]);
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) throw new Error("Pulumi's mocks left no monitor");
  recorder.attach(monitor);
}

/** Other listeners (a test runner's) would end the process over a mistake that is to be reported. */
function holdRejections(hold: (reason: unknown) => void): () => void {
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", hold);
  return () => {
    process.removeListener("unhandledRejection", hold);
    for (const other of others) process.on("unhandledRejection", other);
  };
}

/** Whether all registrations end in time. A turn of the loop more lets rejections be noticed. */
async function settled(timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const isSettled = await Promise.race([pulumi.runtime.disconnect().then(() => true), tooLate]);
  clearTimeout(timer);
  await new Promise((resolve) => setImmediate(resolve));
  return isSettled;
}

function captureOf(recorder: Recorder, rejections: ReadonlySet<unknown>): Capture {
  const resources = recorder.resources();
  const messages = new Map<string, Violation>();
  for (const cause of rejections) {
    const message = cause instanceof Error ? cause.message : String(cause);
    messages.set(message, { kind: "rejected", message, cause });
  }
  const stack = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  return {
    resources: resources.filter((resource) => resource !== stack),
    outputs: stack?.registeredOutputs ?? {},
    violations: [...messages.values(), ...recorder.violations],
  };
}
