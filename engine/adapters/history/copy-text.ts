// CopyText: rows in the text form of COPY, the fastest way into PostgreSQL.

/** Flushed into bytes at this length, so that no string grows without bound. */
const stringLengthMax = 1 << 20;

export type CopyValue = number | bigint | string | undefined;

export class CopyText {
  rowCount = 0;
  private text = "";
  private readonly parts: Buffer[] = [];

  /** `undefined` is NULL. */
  row(...values: readonly CopyValue[]): void {
    let separator = "";
    for (const value of values) {
      this.text += separator;
      if (value === undefined) this.text += "\\N";
      else this.text += typeof value === "string" ? escapeText(value) : value;
      separator = "\t";
    }
    this.text += "\n";
    this.rowCount += 1;
    if (this.text.length >= stringLengthMax) this.flush();
  }

  bytes(): readonly Uint8Array[] {
    this.flush();
    return this.parts;
  }

  private flush(): void {
    if (this.text === "") return;
    this.parts.push(Buffer.from(this.text));
    this.text = "";
  }
}

const special = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

function escapeText(value: string): string {
  return value.replace(special, (found) => escapes[found] as string);
}
