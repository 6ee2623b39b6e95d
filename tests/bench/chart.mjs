// docs/benchmarks.svg from the results: bars of time per answer, readable on a light and on a dark page, because it brings
// its own ground: a page may be dark where the system is light.
const PANELS = [
  { title: "One flag, on for 5 %", what: "percentage", unit: "ns", of: 1 },
  { title: "One flag, five conditions", what: "targeted", unit: "ns", of: 1 },
  { title: "1,000 flags for one user", what: "bulk", unit: "µs", of: 1000 },
];
const WIDTH = 720;
const LABELS = 200;
const VALUES = 80;
const BAR = 14;
const STEP = 22;
const HEAD = 34;
const TOP = 46;

/** The chart's text. */
export function chart({ rows }) {
  let y = TOP;
  const panels = PANELS.map((panel) => {
    const shown = rows.filter(({ medians }) => medians[panel.what] !== undefined);
    const drawn = panelOf(panel, shown, y);
    y += HEAD + shown.length * STEP + 14;
    return drawn;
  });
  const title = "Time per answer: shorter is better";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="title">
<title id="title">${title}</title>
<style>
.page { fill: #ffffff; }
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; }
.panel { font-weight: 600; }
.value { font-variant-numeric: tabular-nums; }
.peer { fill: #8c959f; }
.ours { fill: #1a7f5a; }
.axis { stroke: #8c959f; stroke-width: 1; }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; }
text { fill: #e6edf3; }
.peer { fill: #6e7681; }
.ours { fill: #3fb68b; }
}
</style>
<rect class="page" width="${WIDTH}" height="${y}" rx="6"/>
<text class="title" x="12" y="26">${title}</text>
${panels.join("\n")}
</svg>
`;
}

function panelOf({ title, what, unit, of }, rows, y) {
  const longest = Math.max(...rows.map(({ medians }) => medians[what]));
  const room = WIDTH - LABELS - VALUES - 24;
  const bars = rows.map(({ name, medians }, index) => {
    const at = y + HEAD + index * STEP;
    // A bar that cannot be seen would look like a missing one.
    const width = Math.max(1, (medians[what] / longest) * room);
    const kind = name.startsWith("flaghoist") ? "ours" : "peer";
    return `<text x="${LABELS - 8}" y="${at + 11}" text-anchor="end">${name}</text>
<rect class="${kind}" x="${LABELS}" y="${at}" width="${width.toFixed(1)}" height="${BAR}" rx="1"/>
<text class="value" x="${(LABELS + width + 6).toFixed(1)}" y="${at + 11}">${rounded(medians[what] / of)} ${unit}</text>`;
  });
  const bottom = y + HEAD + rows.length * STEP;
  return `<text class="panel" x="12" y="${y + 18}">${title}</text>
${bars.join("\n")}
<line class="axis" x1="${LABELS - 0.5}" y1="${y + HEAD - 4}" x2="${LABELS - 0.5}" y2="${bottom - 4}"/>`;
}

const rounded = (value) => (value >= 10 ? Math.round(value).toLocaleString("en") : value.toFixed(1));
