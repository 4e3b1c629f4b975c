// The one operating error of this folder: a flow file that cannot be read, or says what its format
// does not allow. `line` counts from 1; 0 means the file as a whole.

export class FlowUnreadable extends Error {
  readonly code = "FLOW_UNREADABLE";
  readonly file: string;
  readonly line: number;

  constructor(what: string, file: string, line: number, options?: ErrorOptions) {
    super(line > 0 ? `${file}, line ${line}: ${what}` : `${file}: ${what}`, options);
    this.name = "FlowUnreadable";
    this.file = file;
    this.line = line;
  }
}
