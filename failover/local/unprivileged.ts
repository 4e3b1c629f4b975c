// Unprivileged: PostgreSQL refuses to run as root, so root's commands are handed to somebody else.
// Root of the machine becomes the system user `postgres` or `nobody`. "Root" of an unprivileged
// user namespace has nobody else to become, and gives up its uid in a second namespace inside.

import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";

export type Identity =
  /** Not root: run as we are. */
  | { readonly kind: "self" }
  | { readonly kind: "user"; readonly uid: number; readonly gid: number }
  | { readonly kind: "nestedNamespace" };

export interface Commandline {
  readonly command: string;
  readonly args: readonly string[];
}

// Present on every Linux, and owner of as little as possible.
const candidates = ["postgres", "nobody"];

/** Who a server runs as that must not be root. */
export function unprivilegedIdentity(): Identity {
  if (process.getuid?.() !== 0) return { kind: "self" };
  const uidMap = existsSync("/proc/self/uid_map")
    ? readFileSync("/proc/self/uid_map", "utf8")
    : "0 0 4294967295";
  const passwd = readFileSync("/etc/passwd", "utf8");
  for (const name of candidates) {
    const user = findUser(passwd, name);
    if (user !== undefined && isMapped(uidMap, user.uid)) return { kind: "user", ...user };
  }
  return { kind: "nestedNamespace" };
}

/** Entries are `name:password:uid:gid:...`. */
export function findUser(passwd: string, name: string): { uid: number; gid: number } | undefined {
  for (const line of passwd.split("\n")) {
    const [entry, , uid, gid] = line.split(":");
    if (entry === name) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/** Whether a user namespace knows a uid; lines of its map are `inside outside count`. */
export function isMapped(uidMap: string, uid: number): boolean {
  return uidMap
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .some(
      ([first, , count]) =>
        first !== undefined && count !== undefined && uid >= first && uid < first + count,
    );
}

/** The same command, run by `identity`. All three replace themselves by it, so its pid is theirs. */
export function runAs(identity: Identity, command: string, args: readonly string[]): Commandline {
  switch (identity.kind) {
    case "self":
      return { command, args };
    case "user": {
      const ids = [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, "--clear-groups"];
      return { command: "setpriv", args: [...ids, "--", command, ...args] };
    }
    case "nestedNamespace": {
      // 65534 is `nobody` everywhere: the server must find its own name in /etc/passwd.
      const map = ["--user", "--map-user=65534", "--map-group=65534"];
      return { command: "unshare", args: [...map, "--", command, ...args] };
    }
  }
}

/** Whether `identity` may enter every folder on the way to `path` (a folder itself). */
export function canReach(identity: Identity, path: string): boolean {
  if (identity.kind !== "user") return true;
  for (let folder = path; ; folder = dirname(folder)) {
    const { uid, gid, mode } = statSync(folder);
    const shift = uid === identity.uid ? 6 : gid === identity.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
