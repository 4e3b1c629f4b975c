// A component that a plugin makes (awsx, eks): its arguments are checked, and one resource without
// children is registered with outputs such as the capture invents. No image is built and no cluster
// made: what happens inside of the plugin is not shown by these tests.

import * as grpc from "@grpc/grpc-js";
import { toPlain } from "../../../infra/capture/property-values.ts";
import { faultsOf } from "../../../infra/schema/check-schema.ts";
import type { Cloud } from "./cloud.ts";
import {
  type Message,
  providerMessages as messages,
  type Properties,
  read,
  resourceMessages,
  resourceService,
  write,
} from "./protocol.ts";

type Monitor = InstanceType<typeof resourceService.ResourceMonitorClient>;

export async function construct(
  request: Message<"ConstructRequest">,
  cloud: Cloud,
  invent: (urn: string, inputs: Properties) => Properties,
): Promise<Message<"ConstructResponse">> {
  const [type, name] = [request.getType(), request.getName()];
  const inputs = toPlain(read(request.getInputs())).value as Properties;
  const faults = faultsOf({ type, name, inputs });
  if (faults.length > 0) {
    throw new Error(faults.map(({ path, message }) => `${name}: ${path}: ${message}`).join("\n"));
  }
  const credentials = grpc.credentials.createInsecure();
  const monitor = new resourceService.ResourceMonitorClient(
    request.getMonitorendpoint(),
    credentials,
  );
  try {
    const urn = await register(monitor, request);
    const isPreview = request.getDryrun();
    // What only a deployment knows is unknown in a preview, until one has been.
    const isKnown = !isPreview || cloud.hasComponent(urn, inputs);
    const outputs = isKnown ? invent(urn, inputs) : {};
    if (!isPreview) cloud.putComponent(urn, inputs);
    await registerOutputs(monitor, urn, outputs);
    const response = new messages.ConstructResponse();
    response.setUrn(urn);
    response.setState(write(outputs));
    return response;
  } finally {
    monitor.close();
  }
}

function register(monitor: Monitor, request: Message<"ConstructRequest">): Promise<string> {
  const registration = new resourceMessages.RegisterResourceRequest();
  registration.setType(request.getType());
  registration.setName(request.getName());
  registration.setParent(request.getParent());
  registration.setCustom(false);
  registration.setObject(write({}));
  return new Promise((resolve, reject) => {
    monitor.registerResource(registration, (error, answer) =>
      error === null ? resolve(answer.getUrn()) : reject(error),
    );
  });
}

function registerOutputs(monitor: Monitor, urn: string, outputs: Properties): Promise<void> {
  const registration = new resourceMessages.RegisterResourceOutputsRequest();
  registration.setUrn(urn);
  registration.setOutputs(write(outputs));
  return new Promise((resolve, reject) => {
    monitor.registerResourceOutputs(registration, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}
