// The HTTP surface: who may what, tags and encodings, streams that miss nothing, ids that are carried out once.
import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { FLAG, Flaghoist, PINS, chapter, fullPlan, isIn, keys } from "./support.mjs";

const BUNDLE = "/api/v1/environments/production/bundle";
const FLAG_PATH = `/api/v1/environments/production/flags/${FLAG}`;
const USER = keys(1_000).find((key) => isIn(key, 500));

async function open() {
  const flaghoist = await Flaghoist.start();
  flaghoist.cli("apply", fullPlan);
  flaghoist.deployAll();
  return flaghoist;
}

test("each kind of caller may what it may", async (t) => {
  const flaghoist = await open();
  const session = await flaghoist.post("/api/v1/session", { user: "asha", password: flaghoist.password }, { token: null });
  const cookie = session.headers.get("set-cookie").split(";")[0];
  assert.match(session.headers.get("set-cookie"), /HttpOnly; SameSite=Strict$/);
  const callers = {
    nobody: { token: null },
    "a stale cookie": { token: null, headers: { cookie: "flaghoist_session=00" } },
    person: { token: null, headers: { cookie } },
    admin: {},
    server: { token: flaghoist.key("server") },
    browser: { token: flaghoist.key("browser") },
  };
  const reads = ["/api/v1/workspace", "/api/v1/ledger", "/api/v1/keys"];
  const all = { person: 200, admin: 200, nobody: 401, "a stale cookie": 401 };
  const expected = {
    ...Object.fromEntries(reads.map((path) => [path, { ...all, server: 403, browser: 403 }])),
    [BUNDLE]: { ...all, server: 200, browser: 403 },
    [`${BUNDLE}/client`]: { ...all, server: 200, browser: 200 },
  };
  for (const [path, statuses] of Object.entries(expected)) {
    for (const [caller, status] of Object.entries(statuses)) {
      const answer = await flaghoist.request(path, callers[caller]);
      assert.equal(answer.status, status, `${caller} reads ${path}: ${answer.text.slice(0, 200)}`);
    }
  }
  const writes = [
    [`${FLAG_PATH}/lower`, { to: 10_000 }],
    ["/api/v1/plans", { document: "" }],
    ["/api/v1/environments/production/observations", {}],
  ];
  for (const [path, body] of writes) {
    for (const [caller, denied] of Object.entries({ nobody: 401, "a stale cookie": 401, server: 403, browser: 403 })) {
      assert.equal((await flaghoist.post(path, body, callers[caller])).status, denied, `${caller} writes ${path}`);
    }
  }
  await t.test("a browser key evaluates only what is for clients", async () => {
    const own = await flaghoist.evaluate(FLAG, USER, callers.browser);
    assert.deepEqual([own.status, own.json.value], [200, true]);
    const route = await flaghoist.evaluate("prompt:explain_refund", USER, callers.browser);
    assert.deepEqual([route.status, route.json.errorCode], [404, "FLAG_NOT_FOUND"]);
    const client = await flaghoist.request(`${BUNDLE}/client`, callers.browser);
    assert.deepEqual(Object.keys(client.json.flags), [FLAG]);
  });
  await t.test("another site's page cannot command with the browser's cookie", async () => {
    const send = (headers) => flaghoist.post(`${FLAG_PATH}/lower`, { to: 10_000 }, { token: null, headers: { cookie, ...headers } });
    assert.equal((await send({ "sec-fetch-site": "cross-site" })).status, 403);
    assert.equal((await send({ origin: "https://elsewhere.example" })).status, 403);
    assert.equal((await send({ "sec-fetch-site": "same-origin" })).status, 200);
    assert.equal((await send({ origin: flaghoist.url })).status, 200);
  });
  await t.test("signing out ends the session; wrong passwords are slowed down", async () => {
    const signed = { token: null, headers: { cookie } };
    assert.equal((await flaghoist.request("/api/v1/session", signed)).json.user, "asha");
    assert.equal((await flaghoist.request("/api/v1/session", { ...signed, method: "DELETE" })).status, 204);
    assert.equal((await flaghoist.request("/api/v1/session", signed)).json, null);
    assert.equal((await flaghoist.request("/api/v1/workspace", signed)).status, 401);
    const wrong = () => flaghoist.post("/api/v1/session", { user: "bala", password: "wrong" }, { token: null });
    for (let attempt = 0; attempt < 10; attempt++) assert.equal((await wrong()).status, 401);
    const slowed = await wrong();
    assert.equal(slowed.status, 429);
    assert.ok(Number(slowed.headers.get("retry-after")) > 0);
  });
});

test("the bundle: strong tags, 304, encodings", async () => {
  const flaghoist = await open();
  const plain = await raw(flaghoist, "identity");
  const tags = new Set();
  for (const [accept, encoding, decode] of [
    ["br, gzip", "br", zlib.brotliDecompressSync],
    ["gzip", "gzip", zlib.gunzipSync],
    ["gzip;q=0.5, br;q=0.1", "gzip", zlib.gunzipSync],
    ["br;q=0, *", "gzip", zlib.gunzipSync],
    ["identity", null, (bytes) => bytes],
  ]) {
    const answer = await raw(flaghoist, accept);
    assert.equal(answer.headers["content-encoding"] ?? null, encoding, accept);
    assert.deepEqual(decode(answer.body), plain.body, accept);
    assert.match(answer.headers.vary, /Accept-Encoding/);
    assert.match(answer.headers.etag, /^"[^"]+"$/, "a strong tag");
    tags.add(answer.headers.etag);
    const again = await raw(flaghoist, accept, { "if-none-match": answer.headers.etag });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    assert.equal(again.headers.etag, answer.headers.etag);
  }
  assert.equal(tags.size, 3, "a tag of its own for each encoding");
  flaghoist.cli("raise", FLAG, "--to", "25");
  const changed = await raw(flaghoist, "identity", { "if-none-match": plain.headers.etag });
  assert.equal(changed.status, 200);
  assert.ok(JSON.parse(changed.body).metadata.revision > JSON.parse(plain.body).metadata.revision);
});

/** A request whose body is left as it came. */
async function raw(flaghoist, accept, headers = {}) {
  const { default: http } = await import("node:http");
  const all = { authorization: `Bearer ${flaghoist.token}`, "accept-encoding": accept, ...headers };
  return new Promise((resolve, reject) => {
    const request = http.get(flaghoist.url + BUNDLE, { headers: all }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.on("error", reject);
  });
}

test("OFREP: the bulk tag covers configuration and context; errors by the book", async () => {
  const flaghoist = await open();
  const bulk = (context, headers) => flaghoist.post("/ofrep/v1/evaluate/flags", { context }, { headers });
  const first = await bulk({ targetingKey: USER });
  assert.equal(first.json.flags.find((flag) => flag.key === FLAG).value, true);
  const tag = { "if-none-match": first.headers.get("etag") };
  assert.equal((await bulk({ targetingKey: USER }, tag)).status, 304);
  assert.equal((await bulk({ targetingKey: USER, plan: "gold" }, tag)).status, 200, "another context");
  flaghoist.cli("raise", FLAG, "--to", "25");
  assert.equal((await bulk({ targetingKey: USER }, tag)).status, 200, "another configuration");
  const unknown = await flaghoist.evaluate("nothing", USER);
  assert.deepEqual([unknown.status, unknown.json.key, unknown.json.errorCode], [404, "nothing", "FLAG_NOT_FOUND"]);
  const broken = await flaghoist.post(`/ofrep/v1/evaluate/flags/${FLAG}`, '{"context": 5}');
  assert.deepEqual([broken.status, broken.json.errorCode], [400, "INVALID_CONTEXT"]);
  const preflight = await flaghoist.request("/ofrep/v1/evaluate/flags", { method: "OPTIONS", token: null });
  assert.deepEqual([preflight.status, preflight.headers.get("access-control-allow-origin")], [204, "*"]);
  assert.match(first.headers.get("access-control-expose-headers"), /ETag/);
  const admin = await flaghoist.request("/api/v1/workspace");
  assert.equal(admin.headers.get("access-control-allow-origin"), null, "commands are for no other page");
});

test("the ledger's stream misses nothing and repeats nothing", async () => {
  const flaghoist = await Flaghoist.start();
  flaghoist.cli("apply", chapter);
  const follow = (since, headers = {}) => events(flaghoist, `/api/v1/ledger/stream?since=${since}`, headers);
  const stream = follow(0);
  const seen = [(await stream.next()).value, (await stream.next()).value];
  for (const pin of PINS) flaghoist.cli("observe", pin);
  for (let count = 0; count < 3; count++) seen.push((await stream.next()).value);
  assert.deepEqual(seen.map((event) => Number(event.id)), [1, 2, 3, 4, 5]);
  assert.deepEqual(seen.map((event) => event.json), await flaghoist.entries());
  await stream.return();
  const later = follow(0, { "last-event-id": "3" });
  assert.equal((await later.next()).value.id, "4", "goes on from where the browser was");
  await later.return();
  const revisions = events(flaghoist, `${BUNDLE}/stream`);
  assert.equal((await revisions.next()).value.json.revision, 5);
  flaghoist.cli("raise", FLAG, "--to", "25");
  assert.deepEqual((await revisions.next()).value.json.revision, 6);
  await revisions.return();
});

/** Server-sent events as they come. */
async function* events(flaghoist, path, headers = {}) {
  const abort = new AbortController();
  const all = { authorization: `Bearer ${flaghoist.token}`, ...headers };
  const response = await fetch(flaghoist.url + path, { headers: all, signal: abort.signal });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  let text = "";
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
        const fields = Object.fromEntries(text.slice(0, end).split("\n").map((line) => line.split(/:\s?(.*)/s)));
        if (fields.data) yield { id: fields.id, type: fields.event, json: JSON.parse(fields.data) };
      }
    }
  } finally {
    abort.abort();
  }
}

test("a request with an id is carried out once", async () => {
  const flaghoist = await open();
  const epoch = (await flaghoist.flag()).epoch;
  const send = (to, key) => flaghoist.post(`${FLAG_PATH}/raise`, { to, epoch }, { headers: { "idempotency-key": key } });
  const first = await send(2_500, "push-1");
  assert.equal(first.status, 200);
  const again = await send(2_500, "push-1");
  assert.deepEqual([again.status, again.json], [200, first.json]);
  flaghoist.cli("raise", FLAG, "--to", "50");
  assert.deepEqual((await send(2_500, "push-1")).json, first.json, "however much happened since");
  const reused = await send(6_000, "push-1");
  assert.deepEqual([reused.status, reused.json.type], [422, "urn:flaghoist:problem:idempotency-key-reused"]);
  assert.equal((await flaghoist.flag()).exposure, 5_000);
});

test("the app's files: hashed ones for ever, the page for its addresses, a strict policy", async () => {
  const flaghoist = await Flaghoist.start();
  const page = await flaghoist.request("/environments/production/releases/x", { token: null });
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy"), /default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'/);
  assert.doesNotMatch(page.text, /<script(?![^>]*src=)|<style|style=|\son\w+=/);
  const assets = [...page.text.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1]);
  assert.ok(assets.length >= 6, page.text);
  for (const asset of assets) {
    const file = await flaghoist.request(`/${asset}`, { token: null });
    assert.equal(file.status, 200, asset);
    assert.match(file.headers.get("cache-control"), /immutable/, asset);
  }
  const brotli = await fetch(`${flaghoist.url}/${assets.find((name) => name.endsWith(".wasm"))}`, { headers: { "accept-encoding": "br" } });
  assert.equal(brotli.headers.get("content-encoding"), "br");
  for (const outside of ["/..%2fCargo.toml", "/.env", "/api/v1/x", "/nothing.js"]) {
    assert.equal((await flaghoist.request(outside)).status, 404, outside);
  }
});

test("a stop is graceful: streams end, the store is whole", async () => {
  const flaghoist = await open();
  const stream = events(flaghoist, "/api/v1/ledger/stream?since=0");
  await stream.next();
  const stopped = new Promise((resolve) => flaghoist.process.once("exit", (code, signal) => resolve([code, signal])));
  flaghoist.process.kill("SIGTERM");
  assert.deepEqual(await stopped, [0, null]);
  for await (const event of stream) assert.ok(event.id);
  await flaghoist.launch();
  assert.equal((await flaghoist.evaluate(FLAG, USER)).json.value, true);
});
