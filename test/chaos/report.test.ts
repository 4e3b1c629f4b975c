import { expect } from "chai";
import { parseDrillOptions } from "../../chaos/drill-options.ts";
import type { DrillReport } from "../../chaos/drill-report.ts";
import { summaryOf } from "../../chaos/drill-report.ts";
import { htmlReport } from "../../chaos/report/html.ts";
import { junitXml } from "../../chaos/report/junit.ts";
import { liveView, plainView } from "../../chaos/view.ts";

const report: DrillReport = {
  verdict: "deviated",
  sentence: "The exchange did not hold: lost is 1 (at most 0).",
  experiment: "zone-loss",
  gapMs: 340,
  detectMs: 240,
  decideMs: 30,
  promoteMs: 20,
  reconnectMs: 50,
  acknowledged: 12_345,
  rejected: 3,
  retried: 40,
  unknown: 0,
  lost: 1,
  duplicated: 0,
  contradicted: 0,
  hashesEqual: true,
  historyEqual: null,
  historyCheck: "unknown",
  historyOperations: 12,
  historyVerdict: {
    verdict: "unknown",
    operations: 12,
    unanswered: 1,
    partitions: 1,
    orders: 3,
    fills: 0,
    steps: 100,
    findings: [],
  },
  substrate: "loopback",
  substrateReason: "no <unshare> here",
  seed: 7,
  reportDir: "/tmp/report",
  title: "The primary's zone falls silent",
  startedAt: "2026-01-01T00:00:00.000Z",
  startMs: 1000,
  faultMs: 2000,
  faultBeginMs: 5,
  healedMs: 3000,
  endMs: 4000,
  load: {
    flow: "synthetic",
    ratePerS: 2000,
    speed: null,
    durationMs: 3000,
    clients: 8,
    operations: 20_000,
    skipped: 5,
    lagMsMax: 4,
  },
  promoted: { node: "engine-2", epoch: 2 },
  judgements: [
    { measure: "lost", tolerance: "at most 0", measured: 1, verdict: "deviated" },
    { measure: "gapMs", tolerance: "at most 1000", measured: 340, verdict: "held" },
    { measure: "historyEqual", tolerance: "true", measured: undefined, verdict: "unknown" },
  ],
  latency: { before: { count: 10, p50Ms: 1, p99Ms: 2, p999Ms: 3, maxMs: 4 } },
  rejections: { "-2010 (place)": 3 },
  history: null,
  findings: ['order 1/id-1 is missing in <script>alert("x")</script>'],
  events: [{ atMs: 2000, source: "drill", text: "zone a falls silent" }],
  timeline: {
    sliceMs: 50,
    seconds: [0, 0.05],
    intendedPerS: [10, 20],
    acknowledgedPerS: [10, 0],
    latencyMsMedian: [1, null],
    latencyMsMax: [2, null],
  },
  environment: {
    cpu: "a processor",
    cpus: 2,
    memoryGb: 4,
    system: "Linux",
    node: "v22",
    commit: "abc",
    command: "castle drill",
  },
};

describe("htmlReport", () => {
  const html = htmlReport(report);

  it("needs nothing from outside", () => {
    expect(html).not.to.match(/<(script|link|img)[^>]*(src|href)=/);
    expect(html).to.contain("uPlot");
  });

  it("lets nothing in the findings become markup", () => {
    expect(html).not.to.contain("<script>alert");
    expect(html).to.contain("&lt;script&gt;alert");
  });

  it("says that zones on loopback were processes, and why", () => {
    expect(html).to.contain("Zones were processes, not networks");
    expect(html).to.contain("no &lt;unshare&gt; here");
    expect(htmlReport({ ...report, substrate: "netns" })).not.to.contain("not networks");
  });

  it("says that a gap had no end", () => {
    const endless = htmlReport({ ...report, gapMs: null });
    expect(endless).to.contain("the gap has no end");
  });

  it("holds the timeline as data that a script can read", () => {
    const island = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1];
    expect(JSON.parse(island ?? "").timeline).to.deep.equal(report.timeline);
  });
});

describe("junitXml", () => {
  const xml = junitXml(report);

  it("calls a deviation a failure and what is unknown an error, never a pass", () => {
    expect(xml).to.contain('tests="3" failures="1" errors="1"');
    expect(xml).to.contain('<failure message="lost is 1, wanted: at most 0"/>');
    expect(xml).to.contain('<error message="historyEqual is not known, wanted: true"/>');
  });

  it("escapes what it quotes", () => {
    expect(xml).not.to.contain("<script>");
  });
});

describe("summaryOf", () => {
  it("has every figure that a program is promised", () => {
    expect(JSON.parse(JSON.stringify(summaryOf(report)))).to.include({
      verdict: "deviated",
      gapMs: 340,
      detectMs: 240,
      decideMs: 30,
      promoteMs: 20,
      reconnectMs: 50,
      acknowledged: 12_345,
      rejected: 3,
      retried: 40,
      lost: 1,
      duplicated: 0,
      hashesEqual: true,
      historyEqual: null,
      substrate: "loopback",
      seed: 7,
      reportDir: "/tmp/report",
    });
  });
});

describe("parseDrillOptions", () => {
  it("has defaults for everything but a seed, which it draws", () => {
    const options = parseDrillOptions({});
    expect(options).to.include({ rate: 2000, durationMs: 30_000, zones: "auto", fault: "zone" });
    expect(options.seed).to.be.within(0, 2 ** 32 - 1);
  });

  it("names every option that is wrong at once", () => {
    expect(() => parseDrillOptions({ rate: "many", duration: "1", zones: "moon" }))
      .to.throw(/--rate.*--duration.*--zones/s)
      .with.property("code", "DRILL_OPTION_INVALID");
  });

  it("refuses --speed without --flow", () => {
    expect(() => parseDrillOptions({ speed: "2" })).to.throw("--flow");
  });
});

const progress = {
  kind: "progress",
  atMs: 0,
  sent: 10,
  accepted: 9,
  rejected: 1,
  unknown: 0,
  retried: 2,
  pending: 0,
  ackPerS: 1000,
  latencyMsP50: 1,
  latencyMsP99: 2,
  lagMsMax: 0,
} as const;

describe("views", () => {
  it("print plain lines where nobody can redraw", () => {
    let text = "";
    const view = plainView((part) => {
      text += part;
    });
    view.roles("engine-1 primary");
    view.progress(0, progress);
    view.progress(500, progress);
    view.event(1234, "drill", "zone a falls silent");
    view.end();
    expect(text.split("\n")).to.have.length(3);
    expect(text).to.contain("1.234 s  drill      zone a falls silent");
    expect(text).not.to.contain("\u001b");
  });

  /** Four lines up, and everything below is gone. */
  const erased = "\u001b[4A\u001b[J";

  it("draw over their own figures only, and leave the terminal clean", () => {
    let text = "";
    const view = liveView(
      (part) => {
        text += part;
      },
      () => 60,
    );
    view.event(0, "drill", "load begins");
    view.progress(100, progress);
    const drawn = text.slice(text.indexOf("load begins"));
    expect(drawn).not.to.contain(erased);
    view.event(200, "drill", "zone a falls silent");
    expect(text).to.contain(erased);
    view.end();
    expect(text.endsWith(erased)).to.equal(true);
    for (const line of drawn.split("\n")) expect([...line].length).to.be.below(100);
  });
});
