// `cargo xtask bench`: our npm package beside npm peers, in one run on one machine.
//
// node run.mjs [--quick] [--out FOLDER] [--instructions FILE]: writes benchmarks.md and benchmarks.svg into FOLDER. The
// environment names the built package (FLAGHOIST_NPM_DIST) and the installed peers (FLAGHOIST_BENCH_MODULES).
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureSizes } from "./bundles.mjs";
import { chart } from "./chart.mjs";
import { coldInNode, coldInWorkerd } from "./cold_start.mjs";
import { measure } from "./evaluation.mjs";
import { measureOpenFeature } from "./openfeature.mjs";
import { report } from "./report.mjs";
import { stage } from "./stage.mjs";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean" }, out: { type: "string" }, instructions: { type: "string" } },
});
/** Times are medians of rounds; a round takes `ms` for each kind of work and library. */
const effort = options.quick ? { rounds: 5, ms: 20, loadRounds: 2, cold: 3 } : { rounds: 11, ms: 80, loadRounds: 5, cold: 15 };

const { staged, modules } = stage();
const hasImages = spawnSync(process.execPath, ["images.mjs"], { cwd: staged, stdio: "inherit" }).status === 0;
if (!hasImages) console.warn("  the package compiles no images: only what loads documents is measured");
const available = (id) => hasImages || !["flaghoist_image", "flaghoist_prepared", "flaghoist_packed"].includes(id);

async function step(name, work) {
  const start = Date.now();
  const result = await work();
  console.log(`  ${name}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

const results = {
  machine: machine(),
  effort,
  sizes: await step("sizes", () => measureSizes(modules)),
  rows: await step("evaluation, load, memory", () => measure(staged, effort, available)),
  openfeature: await step("OpenFeature", () => measureOpenFeature(staged, effort)),
  node: await step("cold start in Node", () => coldInNode(staged, effort.cold, available)),
  workerd: await step("cold start in workerd", () => coldInWorkerd(staged, modules, effort.cold)),
  instructions: options.instructions ? JSON.parse(readFileSync(options.instructions, "utf8")) : [],
};

const out = options.out ?? join(staged, "..");
mkdirSync(out, { recursive: true });
writeFileSync(join(staged, "..", "results.json"), JSON.stringify(results, null, 2));
writeFileSync(join(out, "benchmarks.md"), report(results));
writeFileSync(join(out, "benchmarks.svg"), chart(results));
console.log(report(results));

/** What ran this, without anything that names the machine. */
function machine() {
  const [{ model }] = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${os.cpus().length} cores of ${model.trim()}, ${memory} GiB, ${os.type()} ${process.arch}, Node ${process.versions.node}`;
}
