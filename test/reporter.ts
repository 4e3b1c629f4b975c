// Mocha's spec reporter, and after it one closing line that programs read: "N passed, N failed,
// N skipped". The default export is what mocha asks of a reporter.

import Mocha from "mocha";

export function closingLine(counts: { passed: number; failed: number; skipped: number }): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
}

export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    // Registered after the parent's own listener, so it prints last.
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const line = closingLine({ passed: passes, failed: failures, skipped: pending });
      Mocha.reporters.Base.consoleLog(line);
    });
  }
}
