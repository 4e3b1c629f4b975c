// Reads a stack's configuration: strings by key, as Pulumi hands them over, into a StackConfig. Every
// fault is told at once, with its path, the value that was found, and what to write instead.

import { z } from "zod";
import { InfraError } from "../errors.ts";
import { type Fault, lawsBroken } from "./laws.ts";
import { roles } from "./sections.ts";
import { globalSchema, regionSchema, type StackConfig } from "./stack-config.ts";

const prefix = "castle:";

/**
 * @param values all configuration of the stack, by full key (`castle:network`); other providers'
 * keys are passed over
 * @throws InfraError STACK_CONFIG_INVALID
 */
export function parseConfig(values: Readonly<Record<string, string>>, stack: string): StackConfig {
  const sections = Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [key.slice(prefix.length), readValue(text)]),
  );
  const role = z.enum(roles).safeParse(sections.role);
  if (!role.success) {
    throw invalid(stack, [
      { path: "role", value: sections.role, advice: `write ${roles.join(", ")}` },
    ]);
  }
  const schema = role.data === "global" ? globalSchema : regionSchema;
  const parsed = schema.safeParse(sections, { reportInput: true });
  if (!parsed.success) throw invalid(stack, parsed.error.issues.map(faultOf));
  const config: StackConfig = parsed.data;
  const broken = lawsBroken(config);
  if (broken.length > 0) throw invalid(stack, broken);
  return Object.freeze(config);
}

/** Sections are objects, which Pulumi keeps as JSON; the role is a plain word. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function faultOf(issue: z.core.$ZodIssue): Fault {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const unknown = path === "" ? key : `${path}.${key}`;
    return {
      path: unknown,
      value: undefined,
      advice: "no such field; see infra/config/sections.ts",
    };
  }
  if (issue.code === "invalid_value") {
    return { path, value: issue.input, advice: `write ${issue.values.join(", ")}` };
  }
  return { path, value: issue.input, advice: issue.message };
}

function invalid(stack: string, faults: readonly Fault[]): InfraError {
  const lines = faults.map(({ path, value, advice }) => {
    const found = value === undefined ? "is missing" : `= ${JSON.stringify(value)}`;
    const unknown = advice.startsWith("no such field");
    return `  ${prefix}${path}${unknown ? "" : ` ${found}`}: ${advice}`;
  });
  return new InfraError(
    "STACK_CONFIG_INVALID",
    `Pulumi.${stack}.yaml is not valid:\n${lines.join("\n")}`,
  );
}
