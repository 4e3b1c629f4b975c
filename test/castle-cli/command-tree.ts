// Every command of the command line, from its declarations: what holds for all of them is tested on this list, so that
// a new one cannot be forgotten.

import { Command } from "commander";
import { registerChaos, registerDrill } from "../../chaos/cli.ts";
import { registerReplay } from "../../engine/replay/cli.ts";
import { registerCluster } from "../../failover/cli.ts";
import { registerInspection, registerOperations } from "../../failover/operations-cli.ts";
import { registerCost, registerDiagram } from "../../infra/cli.ts";
import { registerTest } from "../cli.ts";
import { registerSim } from "../sim/cli.ts";

type Register = (program: Command) => void;

/** As castle.ts loads them. */
export const registers: readonly Register[] = [
  ...[registerCluster, registerOperations, registerInspection, registerDrill, registerChaos],
  ...[registerReplay, registerSim, registerCost, registerDiagram, registerTest],
];

export interface Leaf {
  /** Words after `castle`. */
  readonly path: string;
  readonly command: Command;
}

/** Commands that do something: those without further ones below them. */
export function leavesOf(...given: readonly Register[]): Leaf[] {
  const program = new Command("castle");
  for (const register of given) register(program);
  const below = (command: Command, path: string): Leaf[] =>
    command.commands.length === 0
      ? [{ path, command }]
      : command.commands.flatMap((one) => below(one, `${path} ${one.name()}`));
  return program.commands.flatMap((command) => below(command, command.name()));
}

/** What `--help` prints, with what is added after it. */
export function helpOf({ command }: Leaf): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}
