// Cold starts: fresh processes from nothing to the first answer over 100 flags, in Node and in workerd.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWorker } from "./bundles.mjs";
import { document } from "./documents.mjs";
import { askFresh, median } from "./peer_process.mjs";

const FLAGS = 100;
const KEY = "percentage_flag_1";
/** Longest wait for workerd's first answer. */
const START_MS_MAX = 20_000;

const NODE = ["flaghoist_image", "flaghoist_json", "flagd_interpreter", "growthbook", "unleash"];

/** Milliseconds to import, load and answer once in Node; rounds interleaved. */
export async function coldInNode(staged, rounds, available) {
  const rows = NODE.filter(available).map((id) => ({ id, times: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const row of rows) {
      const { name, time } = await askFresh(staged, "first_answer.mjs", row.id, "start", { count: FLAGS });
      row.name = name;
      row.times.push(time);
    }
  }
  return rows.map(({ id, name, times }) => ({ id, name, time: median(times) }));
}

/** Milliseconds from the start of workerd to its first answer; the clock within it stands still, so it is taken outside. */
export async function coldInWorkerd(staged, modules, rounds) {
  const rows = workers(staged, modules).map((worker) => ({ ...worker, folder: join(staged, "workers", worker.id), times: [] }));
  for (const row of rows) await writeWorker(modules, row.folder, row);
  // The first round fills the caches of the file system and tells who does not run at all.
  for (const row of rows) row.error = await startWorkerd(modules, row.folder).then(() => null, (error) => error.message);
  const running = rows.filter(({ error }) => error === null);
  for (let round = 0; round < rounds; round++) {
    for (const row of running) row.times.push(await startWorkerd(modules, row.folder));
  }
  // Against the empty worker of the same round: what slows the machine down for a while slows both.
  const over = (times) => median(times.map((time, round) => time - rows[0].times[round]));
  return rows.map(({ id, name, error, times }) =>
    error === null ? { id, name, time: median(times), over: over(times) } : { id, name, error: error.split("\n")[0] },
  );
}

function workers(staged, modules) {
  const ours = join(modules, "flaghoist");
  const file = (name, path) => ({ name, content: readFileSync(path) });
  const evaluator = file("flaghoist_wasm_bg.wasm", join(ours, "flaghoist_wasm_bg.wasm"));
  const compiler = join(ours, "flaghoist_compiler_bg.wasm");
  const image = join(staged, `images/${FLAGS}.image`);
  const text = (format) => [{ name: "flags.document", content: document(format, FLAGS) }];
  const json = existsSync(join(ours, "json-worker.js")) ? "json-worker.js" : "worker.js";
  const all = [
    { id: "empty", name: "an empty worker", text: answering("", "", "true"), files: [] },
    existsSync(image) && {
      id: "flaghoist_image",
      name: "flaghoist, image",
      text: oursOf(join(ours, "worker.js"), "./flags.image", "new Uint8Array(source)"),
      files: [evaluator, file("flags.image", image)],
    },
    {
      id: "flaghoist_json",
      name: "flaghoist, JSON document",
      text: oursOf(join(ours, json), "./flags.document", "source"),
      files: [evaluator, ...(existsSync(compiler) ? [file("flaghoist_compiler_bg.wasm", compiler)] : []), ...text("flagd")],
    },
    {
      id: "flagd_interpreter",
      name: "flagd-core, interpreter",
      text: answering(
        `import { FlagdCore } from "@openfeature/flagd-core"; import source from "./flags.document";`,
        `const quiet = { error() {}, warn() {}, info() {}, debug() {} };
         const core = new FlagdCore(undefined, quiet, { disableDynamicCodeGeneration: true }); core.setConfigurations(source);`,
        `core.resolveBooleanEvaluation(${JSON.stringify(KEY)}, false, { targetingKey: user }).value`,
      ),
      files: text("flagd"),
    },
    {
      id: "growthbook",
      name: "growthbook",
      text: answering(
        `import { GrowthBookClient } from "@growthbook/growthbook"; import source from "./flags.document";`,
        `const client = new GrowthBookClient().initSync({ payload: JSON.parse(source) });`,
        `client.isOn(${JSON.stringify(KEY)}, { attributes: { id: user } })`,
      ),
      files: text("growthbook"),
    },
  ];
  return all.filter(Boolean);
}

function oursOf(entry, source, argument) {
  return answering(
    `import { createEvaluator } from ${JSON.stringify(entry)}; import source from ${JSON.stringify(source)};`,
    `const flags = createEvaluator(${argument});`,
    `flags.boolean(${JSON.stringify(KEY)}, { targetingKey: user }, false)`,
  );
}

/** A worker that answers every request with one flag. */
function answering(imports, before, answer) {
  return `${imports}
    ${before}
    export default { fetch(request) { const user = new URL(request.url).pathname; return new Response(String(${answer})); } };`;
}

async function startWorkerd(modules, folder) {
  const start = performance.now();
  const child = spawn(join(modules, "workerd/bin/workerd"), ["serve", join(folder, "config.capnp"), "--control-fd=3"], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  try {
    const port = await listening(child);
    const response = await fetch(`http://127.0.0.1:${port}/user-1`);
    const answer = await response.text();
    const time = performance.now() - start;
    if (!["true", "false"].includes(answer)) throw new Error(`workerd answered ${answer}`);
    return time;
  } finally {
    child.kill("SIGKILL");
    await gone;
  }
}

function listening(child) {
  let log = "";
  let control = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`workerd did not listen: ${log}`)), START_MS_MAX);
    child.stderr.on("data", (data) => (log += data));
    child.on("exit", (code) => reject(new Error(`workerd ended with ${code}: ${log}`)));
    child.stdio[3].on("data", (data) => {
      control += data;
      const port = /"event":"listen"[^}]*"port":(\d+)/.exec(control)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(port);
    });
  });
}
