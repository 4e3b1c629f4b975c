// Draws the report's two charts in the browser. `uPlot` and the data island come with the page.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { timeline, marks } = data;
  const charts = [];

  const colorOf = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Vertical lines where something happened, and a band while the fault lasted.
  const markers = {
    hooks: {
      drawClear: (u) => {
        if (marks.faultS === null) return;
        const { ctx, bbox } = u;
        const from = u.valToPos(marks.faultS, "x", true);
        const to = u.valToPos(marks.healedS ?? marks.faultS, "x", true);
        ctx.save();
        ctx.globalAlpha = 0.1;
        ctx.fillStyle = colorOf("--bad");
        ctx.fillRect(from, bbox.top, Math.max(1, to - from), bbox.height);
        ctx.restore();
      },
      draw: (u) => {
        const { ctx, bbox } = u;
        ctx.save();
        ctx.textAlign = "left";
        ctx.textBaseline = "alphabetic";
        ctx.lineWidth = Math.max(1, devicePixelRatio);
        ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
        let labelTop = 0;
        for (const { atS, label, color } of marks.lines) {
          const x = Math.round(u.valToPos(atS, "x", true));
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          ctx.strokeStyle = ctx.fillStyle = colorOf(color);
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          const y = bbox.top + (14 + 16 * labelTop) * devicePixelRatio;
          ctx.fillText(label, x + 5 * devicePixelRatio, y);
          labelTop = (labelTop + 1) % 4;
        }
        ctx.restore();
      },
    },
  };

  const draw = (id, options, columns) => {
    const place = document.getElementById(id);
    const axis = () => ({
      stroke: colorOf("--soft"),
      grid: { stroke: colorOf("--grid"), width: 1 },
      ticks: { stroke: colorOf("--grid"), width: 1 },
    });
    const chart = new uPlot(
      {
        width: place.clientWidth,
        height: 280,
        cursor: { sync: { key: "drill" } },
        plugins: [markers],
        scales: { x: { time: false }, ...options.scales },
        axes: [
          { ...axis(), values: (_u, ticks) => ticks.map((tick) => `${tick} s`) },
          { ...axis(), size: 70, ...options.axis },
        ],
        series: [
          { label: "time", value: (_u, v) => (v === null ? "–" : `${v.toFixed(2)} s`) },
          ...options.series,
        ],
      },
      [timeline.seconds, ...columns],
      place,
    );
    charts.push([place, chart]);
  };

  const drawAll = () => {
    for (const [, chart] of charts) chart.destroy();
    charts.length = 0;
    const count = (_u, v) => (v === null ? "–" : `${v.toLocaleString("en")}/s`);
    const tickText = (ms) => (ms === null ? "" : ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`);
    const ms = (_u, v) => (v === null ? "–" : `${v} ms`);
    draw(
      "rates",
      {
        axis: { values: (_u, ticks) => ticks.map((tick) => tick.toLocaleString("en")) },
        series: [
          { label: "meant to be sent", stroke: colorOf("--accent2"), width: 1, value: count },
          { label: "acknowledged", stroke: colorOf("--accent"), width: 2, value: count },
        ],
      },
      [timeline.intendedPerS, timeline.acknowledgedPerS],
    );
    draw(
      "latency",
      {
        scales: { y: { distr: 3 } },
        axis: { values: (_u, ticks) => ticks.map(tickText) },
        series: [
          { label: "median", stroke: colorOf("--accent"), width: 1, value: ms },
          { label: "worst", stroke: colorOf("--bad"), width: 1, value: ms },
        ],
      },
      [timeline.latencyMsMedian, timeline.latencyMsMax],
    );
  };

  drawAll();
  // Canvas does not follow the style sheet: colours are taken anew when the reader's theme changes.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("resize", () => {
    for (const [place, chart] of charts) chart.setSize({ width: place.clientWidth, height: 280 });
  });
})();
