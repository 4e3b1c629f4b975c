// Dynalite brings no types; this is what of it is used.

declare module "dynalite" {
  import type { Server } from "node:http";

  function dynalite(options?: {
    /** Time that a table is in the making. */
    readonly createTableMs?: number;
    /** Folder of its data; in memory where absent. */
    readonly path?: string;
  }): Server;

  export = dynalite;
}
