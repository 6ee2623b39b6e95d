// Starts the real parts: the flaghoist binary, workerd, Chromium. Every wait is for a condition; nothing sleeps for luck.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const FLAG = "refund_explanation_v1";
export const PINS = [
  "prompt:explain_refund@1.0.0",
  "tool:lookup_refund_eligibility@1.0.0",
  "retrieval_index:refund_policies@2026-05-20",
];
export const chapter = join(root, "examples/refund_explanation/chapter.yaml");
export const fullPlan = join(root, "examples/refund_explanation/plan.yaml");
export const out = join(root, "target/e2e");

/** A built part, by the variable that names it. */
export function part(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run \`cargo xtask test\`, which builds the parts and names them`);
  return value;
}

const requireTool = createRequire(join(process.env.FLAGHOIST_NODE_MODULES ?? root, "tools.js"));
export const tool = (name) => requireTool(name);
/** An entry of the npm package: `json` reads documents too, the default one only images. */
export const npmPackage = (entry = "json") =>
  import(pathToFileURL(join(part("FLAGHOIST_NPM_DIST"), entry === "" ? "node.js" : `${entry}-node.js`)).href);

/** Waits until `condition` gives something true, and gives that. */
export async function until(what, condition, limitMs = 20_000) {
  const end = Date.now() + limitMs;
  let last;
  while (Date.now() < end) {
    try {
      last = await condition();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited ${limitMs} ms for ${what}; last: ${last instanceof Error ? last.stack : JSON.stringify(last)}`);
}

/** A running Flaghoist with its own database. */
export class Flaghoist {
  static async start({ web = true, listen = "127.0.0.1:0" } = {}) {
    const self = new Flaghoist();
    self.folder = mkdtempSync(join(tmpdir(), "flaghoist-"));
    self.database = join(self.folder, "flaghoist.db");
    self.web = web;
    self.password = "correct horse battery";
    after(() => self.stop());
    await self.launch(listen);
    self.token = self.offline("token", "create", "--name", "ci", "--kind", "admin", "--database", self.database, "--user", "asha").trim();
    return self;
  }

  async launch(listen = "127.0.0.1:0") {
    const args = ["serve", "--listen", listen, "--database", this.database, "--user", "asha"];
    if (this.web) args.push("--web", part("FLAGHOIST_WEB_DIST"));
    const env = { ...process.env, FLAGHOIST_PASSWORD: this.password };
    this.process = spawn(part("FLAGHOIST_BIN"), args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    this.log = "";
    this.process.stderr.on("data", (data) => (this.log += data));
    this.process.stdout.on("data", (data) => (text += data));
    this.url = await until("the server to listen", () => {
      assert.equal(this.process.exitCode, null, this.log);
      return /listening on (http:\S+)/.exec(text)?.[1];
    });
  }

  stop() {
    this.process?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  offline(...args) {
    const done = spawnSync(part("FLAGHOIST_BIN"), args, { encoding: "utf8", input: "" });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout;
  }

  /** Runs a command against this server: `{status, stdout, stderr}`. */
  run(...args) {
    const env = { ...process.env, FLAGHOIST_SERVER: this.url, FLAGHOIST_TOKEN: this.token };
    return spawnSync(part("FLAGHOIST_BIN"), args, { encoding: "utf8", env, input: "" });
  }

  /** Runs a command that must succeed: what it printed. */
  cli(...args) {
    const done = this.run(...args);
    assert.equal(done.status, 0, `flaghoist ${args.join(" ")}: ${done.stderr}${done.stdout}`);
    return done.stdout;
  }

  key(kind) {
    return this.cli("token", "create", "--name", `${kind}-${Math.random().toString(36).slice(2)}`, "--kind", kind, "--env", "production").trim();
  }

  deployAll() {
    for (const pin of PINS) this.cli("observe", pin);
  }

  /** A request with the admin key: `{status, headers, text, json}`. */
  async request(path, { token = this.token, ...options } = {}) {
    const headers = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...options.headers };
    const response = await fetch(this.url + path, { ...options, headers });
    const text = await response.text();
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  }

  post(path, body, options = {}) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.request(path, { method: "POST", body: text, ...options, headers: { "content-type": "application/json", ...options.headers } });
  }

  async bundle() {
    const answer = await this.request("/api/v1/environments/production/bundle");
    assert.equal(answer.status, 200);
    return answer;
  }

  async evaluate(key, targetingKey, options) {
    const context = targetingKey === undefined ? {} : { targetingKey };
    return this.post(`/ofrep/v1/evaluate/flags/${key}`, { context }, options);
  }

  async flag() {
    return (await this.request("/api/v1/workspace")).json.environments.production.flags[FLAG];
  }

  async entries() {
    return (await this.request("/api/v1/ledger?since=0&limit=1000")).json.entries;
  }
}

/** The example's worker, or another's code, in real workerd, against a server. */
export class Worker {
  /** `modules` replaces the list of modules in the configuration, `files` adds to the folder. */
  static async start(flaghoist, code, { modules, files = {} } = {}) {
    const self = new Worker();
    self.folder = mkdtempSync(join(tmpdir(), "flaghoist-worker-"));
    cpSync(join(root, "examples/refund_explanation/worker"), self.folder, { recursive: true });
    mkdirSync(join(self.folder, "node_modules"));
    cpSync(part("FLAGHOIST_NPM_DIST"), join(self.folder, "node_modules/flaghoist"), { recursive: true });
    if (code !== undefined) writeFileSync(join(self.folder, "worker.js"), code);
    const config = join(self.folder, "config.capnp");
    let text = readFileSync(config, "utf8").replace("127.0.0.1:8787", "127.0.0.1:0");
    if (modules !== undefined) text = text.replace(/modules = \[[^\]]*\]/, `modules = [\n${modules.join("\n")}\n]`);
    writeFileSync(config, text);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(self.folder, name), content);
    const binary = join(part("FLAGHOIST_NODE_MODULES"), "workerd/bin/workerd");
    const env = { ...process.env, FLAGHOIST_URL: flaghoist.url, FLAGHOIST_KEY: flaghoist.key("server") };
    const args = ["serve", config, "--experimental", "--control-fd=3"];
    self.process = spawn(binary, args, { env, stdio: ["ignore", "inherit", "pipe", "pipe"] });
    after(() => {
      self.process.kill("SIGKILL");
      rmSync(self.folder, { recursive: true, force: true });
    });
    let log = "";
    let control = "";
    self.process.stderr.on("data", (data) => (log += data));
    self.process.stdio[3].on("data", (data) => (control += data));
    const port = await until("workerd to listen", () => {
      assert.equal(self.process.exitCode, null, log);
      return /"event":"listen"[^}]*"port":(\d+)/.exec(control)?.[1];
    });
    self.url = `http://127.0.0.1:${port}`;
    self.log = () => log;
    return self;
  }

  async ask(user) {
    const query = user === undefined ? "" : `?user=${encodeURIComponent(user)}`;
    return (await fetch(`${this.url}/${query}`)).json();
  }

  async bulk(keys) {
    const response = await fetch(`${this.url}/bulk`, { method: "POST", body: JSON.stringify({ keys }) });
    assert.equal(response.status, 200, this.log());
    return response.json();
  }
}

/** Serves folders on loopback under path prefixes. */
export async function serveFiles(mounts) {
  const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
  const server = http.createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const prefix = Object.keys(mounts).sort((a, b) => b.length - a.length).find((prefix) => path.startsWith(prefix));
    try {
      const rest = normalize(path.slice(prefix.length) || "index.html").replace(/^(\.\.[/\\])+/, "");
      const content = readFileSync(join(mounts[prefix], rest));
      response.writeHead(200, { "content-type": types[extname(rest)] ?? "application/octet-stream" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.closeAllConnections() ?? server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/** Real Chromium. `page()` opens a page of its own context and collects everything that goes to the console. */
export class Browser {
  static async start() {
    const self = new Browser();
    const args = [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];
    self.browser = await tool("playwright-core").chromium.launch({ executablePath: part("FLAGHOIST_CHROMIUM"), args });
    self.messages = [];
    after(() => self.browser.close());
    mkdirSync(join(out, "screenshots"), { recursive: true });
    return self;
  }

  async page({ width = 1280, height = 900, theme = "light" } = {}) {
    const context = await this.browser.newContext({ viewport: { width, height }, colorScheme: theme });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("console", (message) => this.messages.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => this.messages.push(`error: ${error.message}`));
    return page;
  }

  /** Signs in at an address and waits for the screen behind it. */
  async signIn(flaghoist, path = "/", options = {}) {
    const page = await this.page(options);
    await page.goto(flaghoist.url + path);
    await page.fill("[data-test=sign-in-user]", "asha");
    await page.fill("[data-test=sign-in-password]", flaghoist.password);
    await page.press("[data-test=sign-in-password]", "Enter");
    await page.waitForSelector("[data-test=link].header__status--live");
    return page;
  }

  async shot(page, name) {
    await page.screenshot({ path: join(out, "screenshots", `${name}.png`), fullPage: true });
  }

  /** No accessibility violation on what is shown. */
  async accessible(page, what) {
    const source = readFileSync(join(part("FLAGHOIST_NODE_MODULES"), "axe-core/axe.min.js"), "utf8");
    const found = await page.evaluate(`(async () => { ${source}; return (await axe.run()).violations; })()`);
    const told = found.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`);
    assert.deepEqual(told, [], `${what} has accessibility violations`);
  }

  /** Nothing went to the console but what is expected. */
  quiet(expected = []) {
    const surprises = this.messages.filter((message) => !expected.some((pattern) => pattern.test(message)));
    assert.deepEqual(surprises, []);
  }
}

/** MurmurHash3 x86 32, seed 0, written from its reference for ASCII: the independent judge of who is in. */
export function murmur3(text) {
  const bytes = Buffer.from(text);
  let h = 0;
  const mix = (k) => Math.imul(rotl(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  const blocks = bytes.length >> 2;
  for (let i = 0; i < blocks; i++) h = (Math.imul(rotl(h ^ mix(bytes.readInt32LE(i * 4)), 13), 5) + 0xe6546b64) | 0;
  let tail = 0;
  for (let i = bytes.length - 1; i >= blocks * 4; i--) tail = (tail << 8) | bytes[i];
  if (bytes.length & 3) h ^= mix(tail);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const rotl = (x, n) => (x << n) | (x >>> (32 - n));

/** Whether a key is among the first `basisPoints` of 10,000. */
export function isIn(key, basisPoints, cohort = FLAG) {
  return Number((BigInt(murmur3(cohort + key)) * 10_000n) >> 32n) < basisPoints;
}

export const keys = (count) => Array.from({ length: count }, (_, index) => `user-${index}`);
