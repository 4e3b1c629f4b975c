// LogFile: what a process says, in a file of bounded size. Processes write to it directly (append
// mode), so their logging never waits for the supervisor and goes on when it is busy.

import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";

/** Two files of this size at most for each process. */
const bytesMax = 32 * 1024 * 1024;

export class LogFile {
  readonly fd: number;
  readonly #path: string;

  /** Each run begins a new file; the run before stays beside it as `.1`. */
  constructor(path: string) {
    this.#path = path;
    if (existsSync(path)) renameSync(path, `${path}.1`);
    this.fd = openSync(path, "a", 0o600);
  }

  write(line: string): void {
    writeSync(this.fd, `${line}\n`);
  }

  /** Call now and then. Writers stay: in append mode they go on at the new end of the file. */
  bound(): void {
    if (fstatSync(this.fd).size <= bytesMax) return;
    copyFileSync(this.#path, `${this.#path}.1`);
    ftruncateSync(this.fd);
  }

  /** The last lines, for an error message. */
  tail(linesMax: number): string[] {
    const reader = openSync(this.#path, "r");
    try {
      const { size } = fstatSync(reader);
      const buffer = Buffer.alloc(Math.min(size, 8192));
      readSync(reader, buffer, 0, buffer.length, size - buffer.length);
      return buffer
        .toString("utf8")
        .split("\n")
        .filter((line) => line !== "")
        .slice(-linesMax);
    } finally {
      closeSync(reader);
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}
