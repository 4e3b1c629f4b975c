// DirectoryLock: one process a directory. The lock is a socket that its holder listens on, so the
// system itself says whether the holder lives, whatever pids, namespaces or restarts of the machine
// there were: what nobody listens on is left over and is taken over.

import { randomUUID } from "node:crypto";
import { closeSync, linkSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { CastleError } from "../../errors.ts";

const lockName = "lock.sock";
const guardName = "lock.guard";
/** Within it are a question to the kernel and two changes of the folder. */
const guardMsMax = 10_000;
/** A kernel that is asked about a socket on this machine answers at once. */
const answerTimeoutMs = 2_000;
/** Others may start at the same moment; only one of them gets the name. */
const attemptsMax = 20;

export interface DirectoryLock {
  release(): void;
}

/**
 * Holds `dir` until it is released or the process ends, however it does.
 * @throws CastleError DIRECTORY_IN_USE where another process holds it
 */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  // A socket's path is at most about a hundred bytes long; through the open folder it is short.
  const folder = openSync(dir, "r");
  const shortPath = (name: string) =>
    process.platform === "linux" ? `/proc/self/fd/${folder}/${name}` : join(dir, name);
  const ownName = `lock.${randomUUID()}.sock`;
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, shortPath(ownName));
    for (let attempt = 0; !(await take(dir, ownName, shortPath)); attempt++) {
      if (attempt === attemptsMax) throw inUse(dir);
    }
  } catch (error) {
    server.close();
    closeSync(folder);
    throw error;
  } finally {
    rmSync(join(dir, ownName), { force: true });
  }
  // It alone must not keep the process alive.
  server.unref();
  await removeLeftovers(dir, shortPath);
  return {
    release: () => {
      rmSync(join(dir, lockName), { force: true });
      server.close();
      closeSync(folder);
    },
  };
}

/** `true`: the name is this process's. `false`: what had it is gone, try again. */
async function take(
  dir: string,
  ownName: string,
  shortPath: (name: string) => string,
): Promise<boolean> {
  if (linkTo(dir, ownName, lockName)) return true;
  if (await isHeld(shortPath(lockName))) throw inUse(dir);
  // Two that found the same left-over must not delete what one of them has put there by then.
  const guard = join(dir, guardName);
  if (!enter(guard)) throw inUse(dir);
  try {
    if (await isHeld(shortPath(lockName))) throw inUse(dir);
    rmSync(join(dir, lockName), { force: true });
    return linkTo(dir, ownName, lockName);
  } finally {
    rmSync(guard, { recursive: true, force: true });
  }
}

/** A folder can be made by one only. One that is old is of a process that died within. */
function enter(guard: string): boolean {
  try {
    const { mtimeMs } = statSync(guard);
    if (Date.now() - mtimeMs > guardMsMax) rmSync(guard, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  try {
    mkdirSync(guard);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** `false` where the name is taken. */
function linkTo(dir: string, from: string, to: string): boolean {
  try {
    linkSync(join(dir, from), join(dir, to));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}

function isHeld(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(answerTimeoutMs, () => end(true));
    socket.once("connect", () => end(true));
    // Nobody listens, or it is gone already. What else it may be is not known to be free.
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}

/** Of starts that were cut short; one that is under way is left alone. */
async function removeLeftovers(dir: string, shortPath: (name: string) => string): Promise<void> {
  for (const name of readdirSync(dir)) {
    if (!/^lock\..+\.sock$/.test(name) || (await isHeld(shortPath(name)))) continue;
    rmSync(join(dir, name), { force: true });
  }
}

function inUse(dir: string): CastleError {
  const text = `another process works in ${dir}; stop it first, or give this one a folder of its own`;
  return new CastleError("DIRECTORY_IN_USE", text, { dir });
}
