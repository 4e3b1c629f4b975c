// Puts a node's secrets into its configuration: pure. `${NAME}` stands for the secret that the environment
// holds under this name. One that is missing is told at once, with all others that are.

import { InfraError } from "../errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const placeholder = /\$\{([A-Z][A-Z0-9_]*)\}/g;

/** @throws InfraError SECRET_MISSING */
export function fillConfig(text: string, environment: Environment): string {
  const names = new Set([...text.matchAll(placeholder)].map(([, name = ""]) => name));
  const missing = [...names].filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new InfraError(
      "SECRET_MISSING",
      `the configuration names secrets that this node was not given: ${missing.join(", ")}`,
    );
  }
  // They stand in URLs, within JSON: what is escaped for the one is safe in the other.
  return text.replaceAll(placeholder, (_, name: string) =>
    encodeURIComponent(environment[name] ?? ""),
  );
}

/** The keys file: accounts from one secret, the operators' token from another. */
export function keysFile({ API_KEYS, OPERATOR_TOKEN }: Environment): string {
  const accounts = API_KEYS === undefined ? { accounts: [] } : JSON.parse(API_KEYS);
  return JSON.stringify({
    ...accounts,
    ...(OPERATOR_TOKEN === undefined ? {} : { operatorToken: OPERATOR_TOKEN }),
  });
}

/**
 * The node's own name. A gateway goes by its zone, which a task learns only where it runs: `zones` is JSON,
 * zone name to letter.
 * @throws InfraError SECRET_MISSING
 */
export function nodeName(node: string, zoneName: string | undefined, zones: string): string {
  if (node !== "gateway") return node;
  const letter: unknown = JSON.parse(zones)[zoneName ?? ""];
  if (typeof letter !== "string") {
    throw new InfraError(
      "SECRET_MISSING",
      `CASTLE_ZONES = ${zones} does not name the zone ${zoneName ?? "(unknown)"} of this task`,
    );
  }
  return `gateway-${letter}`;
}
