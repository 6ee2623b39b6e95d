// One package, the same answers: Node, Deno, Bun, workerd and Chromium, by each host's own entry.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { check } from "./pages/check.mjs";
import { Browser, Worker, npmPackage, part, root, serveFiles } from "./support.mjs";

const pages = join(root, "tests/e2e/pages");
const json = await npmPackage("json");
const { explain } = await npmPackage("explain");
const digest = (text) => createHash("sha256").update(text).digest("hex");
const expected = digest(check({ ...json, explain }));

/** A folder in which `flaghoist` is installed as npm would. */
const folder = mkdtempSync(join(tmpdir(), "flaghoist-hosts-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "node_modules"));
cpSync(part("FLAGHOIST_NPM_DIST"), join(folder, "node_modules/flaghoist"), { recursive: true });
cpSync(join(pages, "check.mjs"), join(folder, "check.mjs"));
const RUN = `
import * as json from "flaghoist/json";
import { explain } from "flaghoist/explain";
import { createEvaluator } from "flaghoist";
import { check } from "./check.mjs";
if (createEvaluator !== json.createEvaluator) throw new Error("two evaluators");
const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(check({ ...json, explain })));
console.log(Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join(""));
`;
writeFileSync(join(folder, "run.mjs"), RUN);
writeFileSync(join(folder, "package.json"), '{"type":"module"}');

function run(command, ...args) {
  const done = spawnSync(command, args, { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
  assert.equal(done.status, 0, `${command}: ${done.error ?? ""}${done.stderr}`);
  return done.stdout.trim();
}

const tool = (path) => join(part("FLAGHOIST_NODE_MODULES"), path);

test("Node, by the package's name", () => {
  assert.equal(run(process.execPath, "run.mjs"), expected);
});

test("Deno", () => {
  const flags = ["--no-remote", "--no-lock", "--node-modules-dir=manual", "--allow-read", "--allow-net", "--allow-env"];
  assert.equal(run(process.execPath, tool("deno/bin.cjs"), "run", ...flags, "run.mjs"), expected);
});

test("Bun", () => {
  assert.equal(run(tool("bun/bin/bun.exe"), "run.mjs"), expected);
});

test("Chromium", async () => {
  const browser = await Browser.start();
  const url = await serveFiles({ "/flaghoist/": part("FLAGHOIST_NPM_DIST"), "/": pages });
  const page = await browser.page();
  await page.goto(`${url}/index.html`);
  const text = await page.evaluate(async () => {
    const json = await import("/flaghoist/json-web.js");
    const { explain } = await import("/flaghoist/explain-web.js");
    const { check } = await import("/check.mjs");
    return check({ ...json, explain });
  });
  assert.equal(digest(text), expected);
  browser.quiet([/favicon/]);
});

test("workerd, with modules that are compiled before", async () => {
  const files = readdirSync(part("FLAGHOIST_NPM_DIST"));
  const modules = files.filter((name) => name.endsWith(".js")).map((name) => `(name = "${name}", esModule = embed "node_modules/flaghoist/${name}"),`);
  modules.push(...files.filter((name) => name.endsWith(".wasm")).map((name) => `(name = "${name}", wasm = embed "node_modules/flaghoist/${name}"),`));
  const code = `
import * as json from "json-worker.js";
import { explain } from "explain-worker.js";
import { check } from "check.mjs";
export default { async fetch() { return new Response(check({ ...json, explain })); } };
`;
  const others = modules.filter((line) => !/"(json-node|node|explain-node|web|json-web|explain-web)\.js"/.test(line));
  const worker = await Worker.start({ url: "http://127.0.0.1:1", key: () => "none" }, code, {
    modules: ['(name = "worker", esModule = embed "worker.js"),', '(name = "check.mjs", esModule = embed "check.mjs"),', ...others],
    files: { "check.mjs": readFileSync(join(pages, "check.mjs"), "utf8") },
  });
  assert.equal(digest(await (await fetch(worker.url)).text()), expected);
});
