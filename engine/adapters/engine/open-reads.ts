// OpenReads: queries of gateways that wait until this engine has shown that it still is primary
// (docs/replication.md, rule 7). Each gateway numbers its own; here they get one number space.

import type { Connection } from "../link/connection.ts";

/** A round confirms all at once; so many wait only where none comes, and gateways ask again. */
const openMax = 10_000;

export class OpenReads {
  private readonly open = new Map<number, { connection: Connection; readId: number }>();
  private nextId = 1;

  /** `ask` gets the number; where it returns `false` nobody is served here. */
  add(connection: Connection, readId: number, ask: (id: number) => boolean): boolean {
    if (this.open.size >= openMax) return false;
    const id = this.nextId++;
    if (!ask(id)) return false;
    this.open.set(id, { connection, readId });
    return true;
  }

  confirm(id: number, position: number): void {
    const read = this.open.get(id);
    this.open.delete(id);
    read?.connection.send({ kind: "readConfirmed", readId: read.readId, position });
  }

  clear(): void {
    this.open.clear();
  }
}
