// docs/benchmarks.md from the results: a table per kind of work, each value beside flagd-core's interpreter.
import { REFERENCE } from "./evaluation.mjs";

/** Milliseconds over an empty worker that can be told from none. */
const OVER_MS_MIN = 3;

/** The page. */
export function report(results) {
  const sections = [head, evaluation, load, openFeature, sizes, coldStart, instructions, method];
  return `${sections.map((section) => section(results)).filter(Boolean).join("\n\n")}\n`;
}

function head({ machine }) {
  return `# Benchmarks

Flaghoist's npm package beside npm peers, measured in one run by \`cargo xtask bench\`: the same flags, the same users, the
same questions, each through the library's own public API. Each value is followed by how many times better it is than
flagd-core's interpreter, which is what edge runtimes must use of flagd's own JavaScript: compare these ratios; absolute
times say as much of the machine and of what else it did.

![Time per answer of each library](benchmarks.svg)

Machine: ${machine}.`;
}

function evaluation({ rows }) {
  const kinds = ["boolean", "percentage", "targeted"];
  const base = reference(rows).medians;
  const lines = rows.map(({ name, version, medians }) => [
    `${name} ${version}`,
    ...kinds.map((kind) => compared(medians[kind], base[kind])),
    compared(medians.bulk, base.bulk, 1000),
  ]);
  const prepared = rows.find(({ medians }) => medians.prepare !== undefined);
  const note = prepared
    ? `\n\nPreparing a context takes ${number(prepared.medians.prepare)} ns, once, and is not in its row. Packed answers are numbers in the
order of \`keys()\`; flagd-core's answer to all flags is a list of details, the others' a \`{key: value}\` object.`
    : "";
  return `## Evaluation

Nanoseconds per answer with 1,000 flags loaded: a constant boolean; on for 5 % by the user id; five attribute conditions and
a share of 50 %. Microseconds for all 1,000 flags of one user.

${table(["implementation", "constant, ns", "5 %, ns", "five conditions, ns", "1,000 flags, µs"], lines)}${note}`;
}

function load({ rows }) {
  const base = reference(rows);
  const lines = rows
    .filter(({ memory }) => memory)
    .map(({ name, medians, memory }) => [
      name,
      ...["load 1000", "asked 1000", "load 10000", "asked 10000"].map((what) => compared(medians[what], base.medians[what])),
      compared(memory.load, base.memory.load),
      compared(memory.asked, base.memory.asked),
    ]);
  const columns = ["1,000 flags, ms", "and asked", "10,000 flags, ms", "and asked", "bytes per flag", "and asked"];
  return `## Load and memory

From text or bytes to ready; "and asked" adds all answers for one user, which counts what a library puts off until the first
question. Memory at 10,000 flags: JavaScript's heap, what it holds outside, and WebAssembly's memory.

${table(["implementation", ...columns], lines)}`;
}

function openFeature({ openfeature }) {
  const kinds = ["boolean", "percentage", "targeted"];
  const lines = openfeature.map(({ name, medians }) => [name, ...kinds.map((kind) => number(medians[kind] / 1000))]);
  return `## Through the OpenFeature server SDK ${openfeature[0].version}

Microseconds per awaited answer. The first row is the SDK itself over a provider that always answers the same.

${table(["provider", "constant, µs", "5 %, µs", "five conditions, µs"], lines)}`;
}

function sizes({ sizes }) {
  const base = sizes.find(({ id }) => id === "flagd");
  const bytes = (value, of) => `${Math.round(value).toLocaleString("en")}${of ? ` (${ratio(of / value)})` : ""}`;
  const lines = sizes.map(({ name, raw, gzip, brotli }) => [name, bytes(raw), bytes(gzip), bytes(brotli, base.brotli)]);
  return `## What a client downloads

Bytes: JavaScript bundled and minified by esbuild, with the WebAssembly it fetches; each file compressed by itself.

${table(["library", "raw", "gzip", "brotli"], lines)}`;
}

function coldStart({ node, workerd }) {
  const inNode = node.find(({ id }) => id === REFERENCE).time;
  const inWorkerd = workerd.find(({ id }) => id === REFERENCE)?.over;
  const nodeLines = node.map(({ name, time }) => [name, compared(time, inNode)]);
  const workerdLines = workerd.map(({ id, name, time, over, error }) => {
    if (error) return [name, "does not start", ""];
    // Smaller differences are noise, and their ratios nonsense.
    const told = over < OVER_MS_MIN ? `under ${OVER_MS_MIN}` : compared(over, inWorkerd);
    return [name, number(time), id === "empty" ? "" : told];
  });
  return `## Cold start

Fresh processes, 100 flags, one answer. In Node: milliseconds to import, load and answer, without Node's own start.

${table(["implementation", "ms"], nodeLines)}

In workerd: milliseconds from the start of the process to the answer of the first request, and how much of it is over an
empty worker's. workerd's own start takes most of it and varies by more than small differences.

${table(["worker", "ms", "over the empty one"], workerdLines)}`;
}

function instructions({ instructions }) {
  if (instructions.length === 0) return "";
  const lines = instructions.map(({ what, count }) => [what, Math.round(count).toLocaleString("en")]);
  return `## Instructions of the core

Counted by callgrind on the native build of \`core/examples/instructions.rs\`, with what a run without the work takes
subtracted: unlike times, they are the same on a busy machine.

${table(["work", "instructions"], lines)}`;
}

function method({ effort }) {
  return `## How

Evaluation and load are processor time, which leaves out what else runs on the machine and counts what collects the garbage;
cold starts are time on the clock. All are medians: of ${effort.rounds} rounds, of ${effort.loadRounds} for loads, of ${effort.cold} for cold starts. Each library
runs in a process of its own, warmed up, and in each round all take their turn. A third of the flags is of each kind, 1,000
users ask in turn, and nine of ten meet all conditions. Before it is timed, each library's share of answers that are on is
checked against what the flags say: 100 %, 5 % and 45 %. \`tests/bench/\` holds the flags and one adapter for each library.`;
}

const reference = (rows) => rows.find(({ id }) => id === REFERENCE);

/** A value, and how many times better than the reference's it is. Smaller is better everywhere here. */
function compared(value, base, unit = 1) {
  if (value === undefined) return "–";
  // Below what can be told from noise there is no ratio.
  if (base === undefined || value <= 0 || base <= 0) return number(value / unit);
  return `${number(value / unit)} (${ratio(base / value)})`;
}

function ratio(times) {
  return `${times >= 10 ? Math.round(times).toLocaleString("en") : times >= 0.1 ? times.toFixed(1) : times.toFixed(2)}×`;
}

function number(value) {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 1 ? 1 : 2);
}

function table(columns, lines) {
  const align = ["---", ...columns.slice(1).map(() => "---:")];
  return [columns, align, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
