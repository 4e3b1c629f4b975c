// A stack's configuration file, as Pulumi hands it to the program: strings by key, objects as JSON.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { InfraError } from "./errors.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const examples = join(root, "infra", "examples");

export interface StackFile {
  /** `prod` of Pulumi.prod.yaml, `seed-004` of an example. */
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Stacks that have a file at the root. */
export function stackNames(): readonly string[] {
  return readdirSync(root).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
}

export function exampleNames(): readonly string[] {
  return readdirSync(examples).map((name) => basename(name, ".yaml"));
}

/**
 * @param wanted a stack's name, an example's, or the path of a file
 * @throws InfraError STACK_UNKNOWN, STACK_CONFIG_INVALID
 */
export function readStackFile(wanted: string): StackFile {
  const paths = [
    join(root, `Pulumi.${wanted}.yaml`),
    join(examples, `${wanted}.yaml`),
    wanted.endsWith(".yaml") ? wanted : "",
  ];
  const path = paths.find((one) => one !== "" && existsSync(one));
  if (path === undefined) {
    const known = [...stackNames(), ...exampleNames()].join(", ");
    throw new InfraError("STACK_UNKNOWN", `there is no stack ${wanted}: write ${known}, or a file`);
  }
  const name = basename(path, ".yaml").replace(/^Pulumi\./, "");
  return { name, values: valuesOf(path) };
}

function valuesOf(path: string): Record<string, string> {
  let parsed: unknown;
  try {
    parsed = parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const fault = (cause as Error).message;
    throw new InfraError("STACK_CONFIG_INVALID", `${path} is no YAML: ${fault}`, { cause });
  }
  const config = (parsed as { config?: Record<string, unknown> } | null)?.config ?? {};
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
