// What is shipped: each library bundled and minified as a browser or an edge worker loads it, and its compressed size.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Bundles an entry that is given as source text; the bundle's bytes. */
async function bundle(modules, text, { platform = "browser", conditions = ["browser"] } = {}) {
  const esbuild = createRequire(join(modules, "bench.js"))("esbuild");
  const { outputFiles } = await esbuild.build({
    stdin: { contents: text, resolveDir: join(modules, "..") },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform,
    conditions,
    external: ["*.wasm", "*.image", "*.document"],
    logLevel: "error",
  });
  return Buffer.from(outputFiles[0].contents);
}

const first = (...paths) => paths.find(existsSync);

/** What a page imports of each library; our own adds the WebAssembly modules that its code fetches. */
function clients(modules) {
  const ours = join(modules, "flaghoist");
  const image = join(ours, "web.js");
  const json = first(join(ours, "json-web.js"), image);
  const modulesOf = (...names) => names.map((name) => join(ours, name)).filter(existsSync);
  const evaluator = "flaghoist_wasm_bg.wasm";
  return [
    { name: "flaghoist, images", text: exports(image, "createEvaluator"), files: modulesOf(evaluator) },
    { name: "flaghoist, with the client", text: exports(image, "Client"), files: modulesOf(evaluator) },
    { name: "flaghoist, JSON documents", text: exports(json, "createEvaluator"), files: modulesOf(evaluator, "flaghoist_compiler_bg.wasm") },
    { name: "flagd-core", id: "flagd", text: exports("@openfeature/flagd-core", "FlagdCore"), files: [] },
    { name: "growthbook", text: exports("@growthbook/growthbook", "GrowthBookClient"), files: [] },
    { name: "unleash-client (servers only)", text: exports("unleash-client", "Unleash"), files: [], options: { platform: "node", conditions: [] } },
  ];
}

const exports = (from, name) => `export { ${name} } from ${JSON.stringify(from)};`;

/** Bytes raw, gzip and brotli of each library; each file is compressed by itself, as it is served. */
export async function measureSizes(modules) {
  const rows = [];
  for (const { name, id, text, files, options } of clients(modules)) {
    const parts = [await bundle(modules, text, options), ...files.map((path) => readFileSync(path))];
    rows.push({ name, id, raw: sum(parts, (part) => part.length), gzip: sum(parts, gzip), brotli: sum(parts, brotli) });
  }
  return rows;
}

const gzip = (part) => gzipSync(part, { level: 9 }).length;
const brotli = (part) => brotliCompressSync(part, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: part.length } }).length;
const sum = (parts, of) => parts.reduce((total, part) => total + of(part), 0);

/** Writes a worker for workerd into a folder: its bundle, the files it imports and the configuration. */
export async function writeWorker(modules, folder, { text, files }) {
  mkdirSync(folder, { recursive: true });
  const code = await bundle(modules, text, { conditions: ["workerd", "worker", "browser"] });
  writeFileSync(join(folder, "worker.js"), code);
  for (const { name, content } of files) writeFileSync(join(folder, name), content);
  const kinds = { wasm: "wasm", image: "data", document: "text" };
  const listed = files.map(({ name }) => `(name = "${name}", ${kinds[name.split(".").pop()]} = embed "${name}")`);
  const modulesList = [`(name = "worker.js", esModule = embed "worker.js")`, ...listed].join(",\n    ");
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    ${modulesList}
  ],
  compatibilityDate = "2026-01-01",
);
`,
  );
}
