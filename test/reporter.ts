// Mocha's spec reporter, and after it one closing line that programs read: "N passed, N failed,
// N skipped". With the option `counts=FILE` the numbers go there instead, for a caller that prints
// its own. The default export is what mocha asks of a reporter.

import { writeFileSync } from "node:fs";
import Mocha from "mocha";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const countsFile: unknown = options.reporterOptions?.counts;
    // Real servers on a shared machine: a test gets a second chance, and is named where it took it.
    runner.on(Mocha.Runner.constants.EVENT_TEST_RETRY, (test: Mocha.Test, error: Error) => {
      Mocha.reporters.Base.consoleLog(`    ↻ again: ${test.fullTitle()}: ${error.message}`);
    });
    // Registered after the parent's own listener, so it comes last.
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      const counts: Counts = { passed, failed, skipped };
      if (typeof countsFile === "string") writeFileSync(countsFile, JSON.stringify(counts));
      else Mocha.reporters.Base.consoleLog(closingLine(counts));
    });
  }
}
