// A double of Pulumi's language host for Node (`pulumi-language-nodejs`), for machines that have the
// engine's binary alone: it runs the SDK's own entries in processes of their own, by the `node` that
// is first on the PATH and with the options of the project's file, as the real one does.

import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as grpc from "@grpc/grpc-js";
import {
  Empty,
  languageMessages,
  languageService,
  pluginMessages,
  serve,
  unary,
} from "./protocol.ts";

type RunRequest = InstanceType<typeof languageMessages.RunRequest>;
type RunPluginRequest = InstanceType<typeof languageMessages.RunPluginRequest>;
type PluginResponse = InstanceType<typeof languageMessages.RunPluginResponse>;
type Info = NonNullable<ReturnType<RunRequest["getInfo"]>>;

const engineAddress =
  process.argv
    .slice(2)
    .filter((argument) => !argument.startsWith("-"))
    .at(-1) ?? "";
/** The program has told the user itself what is wrong. */
const exitedAfterLogging = 32;

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill();
});

function track(child: ChildProcess): ChildProcess {
  children.add(child);
  return child.on("exit", () => children.delete(child));
}

/** The SDK of the project, as Node finds it from there. */
const entryOf = (info: Info, name: string): string =>
  createRequire(join(info.getProgramDirectory(), "anything")).resolve(`@pulumi/pulumi/cmd/${name}`);

/** Pulumi compiles TypeScript itself, unless it is told not to. */
function typescriptOf(info: Info): Record<string, string> {
  const options = (info.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
  return options.typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" };
}

function argumentsOf(request: RunRequest, info: Info): string[] {
  return [
    entryOf(info, "run"),
    `--monitor=${request.getMonitorAddress()}`,
    `--engine=${engineAddress}`,
    `--organization=${request.getOrganization()}`,
    `--project=${request.getProject()}`,
    `--root-directory=${info.getRootDirectory()}`,
    `--stack=${request.getStack()}`,
    `--pwd=${request.getPwd()}`,
    ...(request.getDryrun() ? ["--dry-run"] : []),
    `--parallel=${request.getParallel()}`,
    join(info.getProgramDirectory(), info.getEntryPoint()),
    ...request.getArgsList(),
  ];
}

function run(request: RunRequest): Promise<InstanceType<typeof languageMessages.RunResponse>> {
  const info = request.getInfo();
  if (info === undefined) throw new Error("the engine names no program");
  const config = Object.fromEntries(request.getConfigMap().toArray());
  const program = track(
    spawn("node", argumentsOf(request, info), {
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        ...typescriptOf(info),
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      },
    }),
  );
  return new Promise((resolve, reject) => {
    program.on("error", reject);
    program.on("exit", (code, signal) => {
      const response = new languageMessages.RunResponse();
      if (code === exitedAfterLogging) response.setBail(true);
      else if (code !== 0) response.setError(`the program ended with ${code ?? signal}`);
      resolve(response);
    });
  });
}

/** A policy pack: a plugin in the project's language. */
function runPlugin(call: grpc.ServerWritableStream<RunPluginRequest, PluginResponse>): void {
  const { request } = call;
  const info = request.getInfo();
  if (info === undefined || request.getKind() !== "analyzer") {
    call.destroy(new Error(`no plugin of kind ${request.getKind()} is run here`));
    return;
  }
  const folder = info.getProgramDirectory();
  const plugin = track(
    spawn("node", [entryOf(info, "run-policy-pack"), ...request.getArgsList(), folder], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...environmentOf(request), ...typescriptOf(info) },
    }),
  );
  const answer = (fill: (response: PluginResponse) => void) => {
    const response = new languageMessages.RunPluginResponse();
    fill(response);
    call.write(response);
  };
  plugin.stdout?.on("data", (bytes: Buffer) => answer((response) => response.setStdout(bytes)));
  plugin.stderr?.on("data", (bytes: Buffer) => answer((response) => response.setStderr(bytes)));
  // All that it said has been read by then.
  plugin.on("close", (code) => {
    answer((response) => response.setExitcode(code ?? 1));
    call.end();
  });
  call.on("cancelled", () => plugin.kill());
}

/** The real host learns the stack from the engine and tells it so; here the tests say it. */
function environmentOf(request: RunPluginRequest): NodeJS.ProcessEnv {
  const given = request.getEnvList().map((line) => {
    const end = line.indexOf("=");
    return [line.slice(0, end), line.slice(end + 1)] as const;
  });
  const { STANDIN_STACK = "" } = process.env;
  return {
    ...Object.fromEntries(given),
    PULUMI_NODEJS_ORGANIZATION: "organization",
    PULUMI_NODEJS_PROJECT: "castle",
    PULUMI_NODEJS_STACK: STANDIN_STACK,
  };
}

serve(languageService.LanguageRuntimeService, {
  getRequiredPlugins: unary(() => new languageMessages.GetRequiredPluginsResponse()),
  getRequiredPackages: unary(() => new languageMessages.GetRequiredPackagesResponse()),
  run: unary(run),
  runPlugin,
  cancel: unary(() => {
    for (const child of children) child.kill("SIGINT");
    return new Empty();
  }),
  about: unary(() => new languageMessages.AboutResponse()),
  runtimeOptionsPrompts: unary(() => new languageMessages.RuntimeOptionsResponse()),
  getProgramDependencies: unary(() => new languageMessages.GetProgramDependenciesResponse()),
  getPluginInfo: unary(() => {
    const info = new pluginMessages.PluginInfo();
    info.setVersion("0.0.0");
    return info;
  }),
});
