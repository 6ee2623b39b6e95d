// Each snippet of the npm package's README, run as it stands where it says it runs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Browser, FLAG, Flaghoist, Worker, fullPlan, isIn, keys, part, root, serveFiles } from "./support.mjs";

const readme = readFileSync(join(root, "wasm/npm/README.md"), "utf8");
const snippets = Object.fromEntries(
  [...readme.matchAll(/## (.+)\n[^#]*?```js\n([\s\S]*?)```/g)].map(([, title, code]) => [title, code]),
);
const folder = mkdtempSync(join(tmpdir(), "flaghoist-readme-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "node_modules"));
cpSync(part("FLAGHOIST_NPM_DIST"), join(folder, "node_modules/flaghoist"), { recursive: true });
symlinkSync(join(part("FLAGHOIST_NODE_MODULES"), "@openfeature"), join(folder, "node_modules/@openfeature"));

const flaghoist = await Flaghoist.start();
flaghoist.cli("apply", fullPlan);
flaghoist.deployAll();
flaghoist.cli("raise", FLAG, "--to", "100");

test("every section has its snippet", () => {
  assert.deepEqual(Object.keys(snippets), [
    "In Node", "In an edge worker", "In a browser", "Without a server", "Many flags for one user", "A prompt registry", "Why?",
    "With OpenFeature on a server",
  ]);
});

function node(code) {
  const file = join(folder, "snippet.mjs");
  writeFileSync(file, code);
  const env = { ...process.env, FLAGHOIST_URL: flaghoist.url, FLAGHOIST_KEY: flaghoist.key("server") };
  const done = spawnSync(process.execPath, [file], { encoding: "utf8", env });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

test("in Node", () => {
  assert.equal(node(snippets["In Node"]), "explain with prompt 1.0.0\n");
});

test("without a server", () => {
  assert.match(node(snippets["Without a server"]), /^Moin\n\{[^]*variant: 'hi'/);
});

test("many flags for one user", () => {
  assert.equal(node(snippets["Many flags for one user"]), "true true\n{ cart: true, help: true, search: true }\n");
});

test("a prompt registry", () => {
  assert.equal(node(snippets["A prompt registry"]), "Explain step by step why order 17 is refunded.\n1.0.0\n");
});

test("why", () => {
  const [, said] = /\/\/ (.+)\n$/.exec(snippets["Why?"]);
  assert.equal(node(snippets["Why?"]), `${said}\n`);
});

test("with OpenFeature on a server", () => {
  assert.equal(node(snippets["With OpenFeature on a server"]), "true\n");
});

test("in an edge worker", async () => {
  const worker = await Worker.start(flaghoist, snippets["In an edge worker"]);
  const user = keys(1)[0];
  const snapshot = await worker.ask(user);
  assert.equal(snapshot.flags[FLAG], isIn(user, 10_000));
  assert.equal(snapshot.artefacts["prompt:explain_refund"], "1.0.0");
});

test("in a browser", async () => {
  const browser = await Browser.start();
  const setting = `const [url, key, userId] = ${JSON.stringify([flaghoist.url, flaghoist.key("browser"), "user-1"])};\n`;
  const code = snippets["In a browser"].replace('"flaghoist"', '"/flaghoist/web.js"');
  writeFileSync(join(folder, "page.js"), setting + code);
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><html lang="en"><head><title>x</title><link rel="icon" href="data:,"></head>' +
      '<body><p id="explain" hidden>Because</p><script type="module" src="page.js"></script></body></html>',
  );
  const page = await browser.page();
  await page.goto(await serveFiles({ "/flaghoist/": part("FLAGHOIST_NPM_DIST"), "/": folder }));
  await page.waitForSelector("#explain:not([hidden])");
  browser.quiet();
});
