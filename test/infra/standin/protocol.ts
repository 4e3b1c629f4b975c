// Pulumi's protocol buffers, and what both plugins of the tests need to serve them. The generated
// files are CommonJS whose names only `require` sees.

import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";

const require = createRequire(import.meta.url);

export const providerMessages =
  require("@pulumi/pulumi/proto/provider_pb.js") as typeof import("@pulumi/pulumi/proto/provider_pb.js");
export const providerService =
  require("@pulumi/pulumi/proto/provider_grpc_pb.js") as typeof import("@pulumi/pulumi/proto/provider_grpc_pb.js");
export const resourceMessages =
  require("@pulumi/pulumi/proto/resource_pb.js") as typeof import("@pulumi/pulumi/proto/resource_pb.js");
export const resourceService =
  require("@pulumi/pulumi/proto/resource_grpc_pb.js") as typeof import("@pulumi/pulumi/proto/resource_grpc_pb.js");
export const languageMessages =
  require("@pulumi/pulumi/proto/language_pb.js") as typeof import("@pulumi/pulumi/proto/language_pb.js");
export const languageService =
  require("@pulumi/pulumi/proto/language_grpc_pb.js") as typeof import("@pulumi/pulumi/proto/language_grpc_pb.js");
export const pluginMessages =
  require("@pulumi/pulumi/proto/plugin_pb.js") as typeof import("@pulumi/pulumi/proto/plugin_pb.js");
export const { Empty } =
  require("google-protobuf/google/protobuf/empty_pb.js") as typeof import("google-protobuf/google/protobuf/empty_pb.js");
export const { Struct } =
  require("google-protobuf/google/protobuf/struct_pb.js") as typeof import("google-protobuf/google/protobuf/struct_pb.js");

type ProviderMessages = typeof import("@pulumi/pulumi/proto/provider_pb.js");
/** A message of the provider's protocol. */
export type Message<Name extends keyof ProviderMessages> =
  ProviderMessages[Name] extends new () => infer Made ? Made : never;

export type Properties = Record<string, unknown>;

interface WireStruct {
  toJavaScript(): unknown;
}

export const read = (struct: WireStruct | undefined): Properties =>
  (struct?.toJavaScript() ?? {}) as Properties;

export const write = (properties: Properties) =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as never);

/** Answers one call; what it throws becomes the call's error. */
export function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, done) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then((response) => done(null, response))
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        done({ code: grpc.status.UNKNOWN, message });
      });
  };
}

/**
 * Serves on a free port of this machine and tells it to the engine, as a plugin does. Ends with the
 * engine, however that ended: the other side of its standard input is the engine's.
 */
export function serve(
  service: grpc.ServiceDefinition,
  implementation: grpc.UntypedServiceImplementation,
): void {
  const messageBytesMax = 400 * 1024 * 1024;
  const server = new grpc.Server({
    "grpc.max_receive_message_length": messageBytesMax,
    "grpc.max_send_message_length": messageBytesMax,
  });
  server.addService(service, implementation);
  const insecure = grpc.ServerCredentials.createInsecure();
  server.bindAsync("127.0.0.1:0", insecure, (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
  process.stdin.on("end", () => process.exit()).resume();
}
