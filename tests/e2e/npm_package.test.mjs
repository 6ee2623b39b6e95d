// The npm package by itself: what it answers to hostile input, and a client whose server misbehaves.
import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { npmPackage, until } from "./support.mjs";

const { createEvaluator, Client } = await npmPackage();

const DOCUMENT = {
  metadata: { flagSetId: "test" },
  flags: {
    on: flag({ yes: true, no: false }, "yes"),
    text: flag({ hi: "Hi", moin: "Moin" }, "hi", { if: [{ "==": [{ var: "city" }, "Hamburg"] }, "moin", null] }),
    count: flag({ few: 1.5, many: 100 }, "many"),
    thing: flag({ a: { nested: [1, { deep: true }] } }, "a"),
    none: flag({ a: "a" }, undefined),
    off: { ...flag({ a: true }, "a"), state: "DISABLED" },
    broken: flag({ a: true }, "a", { frobnicate: [1] }),
    deep: flag({ yes: true, no: false }, "no", { if: [{ "==": [{ var: "user.plan" }, "gold"] }, "yes", null] }),
    computed: flag({ yes: true, no: false }, "no", { if: [{ "==": [{ var: { cat: ["us", "er"] } }, "x"] }, "yes", null] }),
    key: flag({ yes: true, no: false }, "no", { fractional: [["yes", 50], ["no", 50]] }),
  },
};

function flag(variants, defaultVariant, targeting) {
  return { state: "ENABLED", variants, defaultVariant, targeting };
}

test("every type, and the caller's fallback where there is nothing of it", () => {
  const flags = createEvaluator(DOCUMENT);
  assert.equal(flags.boolean("on", {}, false), true);
  assert.equal(flags.string("text", { city: "Hamburg" }), "Moin");
  assert.equal(flags.string("text", {}), "Hi");
  assert.equal(flags.number("count", {}), 100);
  assert.deepEqual(flags.object("thing", {}), { nested: [1, { deep: true }] });
  assert.throws(() => (flags.object("thing").nested[1].deep = false), TypeError, "values are shared, so they are frozen");
  assert.equal(flags.string("on", {}, "fallback"), "fallback", "another type");
  assert.equal(flags.boolean("nothing", {}, true), true);
  assert.equal(flags.string("none", {}, "mine"), "mine");
  assert.equal(flags.boolean("off", {}, false), false);
  assert.equal(flags.boolean("broken", {}, true), true, "one bad flag fails alone");
  const details = (key, fallback) => {
    const { reason, errorCode, variant } = flags.details(key, {}, fallback);
    return [reason, errorCode, variant];
  };
  assert.deepEqual(details("on", true), ["STATIC", undefined, "yes"]);
  assert.deepEqual(details("on", "text"), ["ERROR", "TYPE_MISMATCH", undefined]);
  assert.deepEqual(details("off", true), ["DISABLED", undefined, undefined]);
  assert.deepEqual(details("broken", true), ["ERROR", "PARSE_ERROR", undefined]);
  assert.deepEqual(details("nothing", true), ["ERROR", "FLAG_NOT_FOUND", undefined]);
  assert.equal(flags.details("none", {}, "mine").value, "mine");
});

test("hostile contexts and keys get an answer, never an exception", () => {
  const flags = createEvaluator(DOCUMENT);
  const circle = {};
  circle.circle = circle;
  let nested = {};
  for (let depth = 0; depth < 10_000; depth++) nested = { nested };
  const throwing = new Proxy({}, { get() { throw new Error("no"); }, ownKeys() { throw new Error("no"); }, getOwnPropertyDescriptor() { throw new Error("no"); } });
  const values = [
    10n, 2n ** 80n, new Date(NaN), new Date(0), NaN, Infinity, -0, () => 1, Symbol("s"), circle, nested, throwing,
    "\ud800", "x".repeat(1_000_000), new Map([[1, 2]]), new Uint8Array(3), [circle], Object.create(null), null, undefined,
    { get plan() { throw new Error("no"); } }, { __proto__: { plan: "gold" } }, JSON.parse('{"__proto__": {"plan": "gold"}}'),
  ];
  for (const value of values) {
    for (const context of [value, { city: value }, { user: value }, { targetingKey: value }, { [String(typeof value)]: value }]) {
      for (const key of flags.keys()) {
        flags.boolean(key, context, true);
        assert.equal(typeof flags.details(key, context, true).reason, "string");
      }
      flags.all(context);
      flags.snapshot(context);
    }
  }
  assert.equal(flags.boolean("deep", { user: { plan: "gold" } }), true);
  assert.equal(flags.boolean("computed", { user: "x" }), true, "a name that a rule computes");
  const { computed, ...named } = DOCUMENT.flags;
  const narrow = createEvaluator({ flags: named });
  assert.equal(narrow.boolean("deep", { user: { plan: "gold" }, other: 1 }), true, "only what is read crosses");
  assert.equal(flags.boolean("deep", { user: Object.create({ plan: "gold" }) }), false, "only what the caller put there");
  assert.equal(flags.details("key", { targetingKey: 5 }, true).reason, "DEFAULT", "a key that is no text is no key");
  for (const key of ["__proto__", "constructor", "toString", "", "\ud800", undefined, null, 5, {}]) {
    assert.equal(flags.boolean(key, {}, true), true);
    assert.equal(flags.details(key, {}, true).errorCode, "FLAG_NOT_FOUND");
  }
  assert.equal(flags.details("on", 5, false).errorCode, "INVALID_CONTEXT");
});

test("documents that cannot be read are refused with a reason", () => {
  for (const bad of ["", "{", "[]", "null", '{"flags": 1}', "x".repeat(100), "[".repeat(100_000), '{"flags":{"a":{"state":"ENABLED","variants":{"x":1},"defaultVariant":"y"}}}']) {
    assert.throws(() => createEvaluator(bad), (error) => error instanceof Error && error.message.length > 5, bad.slice(0, 40));
  }
  const bytes = new TextEncoder().encode(JSON.stringify(DOCUMENT));
  assert.equal(createEvaluator(bytes).boolean("on"), true);
  assert.equal(createEvaluator(bytes.buffer).boolean("on"), true);
});

/** A server that answers by script. */
async function scripted(answer) {
  const server = http.createServer((request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.closeAllConnections() ?? server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

const bundle = (revision, value, ledger = "l1") =>
  JSON.stringify({ metadata: { ledger, revision }, flags: { on: flag({ yes: true, no: false }, value ? "yes" : "no") } });

test("a client keeps the last good bundle through whatever its server answers", async () => {
  let reply = () => [200, bundle(5, true), '"5"'];
  const asked = [];
  const url = await scripted((request, response) => {
    asked.push([request.url, request.headers["if-none-match"], request.headers.authorization]);
    const [status, body, etag] = reply(request);
    response.writeHead(status, etag ? { etag } : {}).end(body);
  });
  const errors = [];
  let changes = 0;
  const client = new Client({ url, key: "fh_server_x", stream: false, onChange: () => changes++, onError: (error) => errors.push(error.message) });
  after(() => client.close());
  assert.equal(client.boolean("on", {}, false), false, "before the first bundle the fallback answers");
  assert.equal(client.details("on", {}, false).errorCode, "PROVIDER_NOT_READY");
  await client.ready();
  assert.deepEqual([client.boolean("on"), client.revision, changes], [true, 5, 1]);
  assert.deepEqual(asked[0], ["/api/v1/environments/production/bundle", undefined, "Bearer fh_server_x"]);

  reply = () => [304, ""];
  await client.refresh();
  assert.equal(asked.at(-1)[1], '"5"', "asks with the tag it has");

  for (const bad of [() => [500, "no"], () => [200, "<html>"], () => [200, '{"flags": 1}'], () => [403, "{}"]]) {
    reply = bad;
    await assert.rejects(client.refresh());
    assert.deepEqual([client.boolean("on"), client.revision], [true, 5]);
  }
  assert.equal(errors.length, 4);

  reply = () => [200, bundle(4, false), '"4"'];
  await client.refresh();
  assert.deepEqual([client.boolean("on"), client.revision], [true, 5], "an older bundle of the same ledger is passed over");
  reply = () => [200, bundle(6, false), '"6"'];
  await client.refresh();
  assert.deepEqual([client.boolean("on", {}, true), client.revision], [false, 6]);
  reply = () => [200, bundle(1, true, "l2"), '"1"'];
  await client.refresh();
  assert.deepEqual([client.boolean("on"), client.revision, changes], [true, 1, 3], "a new ledger begins anew");
});

test("a client starts from a bundle at hand, and a browser key asks for what it may see", async () => {
  const asked = [];
  const url = await scripted((request, response) => {
    asked.push(request.url);
    response.writeHead(503).end();
  });
  const client = new Client({ url, key: "fh_browser_x", environment: "staging", bootstrap: bundle(3, true), stream: false });
  after(() => client.close());
  assert.equal(client.boolean("on"), true);
  await assert.rejects(client.refresh());
  assert.equal(client.boolean("on"), true);
  assert.ok(asked.every((path) => path === "/api/v1/environments/staging/bundle/client"), asked.join());
});

test("a listener that throws does not stop the client; a stream that breaks is taken up again", async () => {
  let revision = 1;
  let streams = 0;
  const url = await scripted((request, response) => {
    if (!request.url.endsWith("/stream")) return response.end(bundle(revision, revision % 2 === 0));
    streams++;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": open\n\n");
    revision++;
    // Cut in the middle of an event, then the line comes after all.
    response.write(`event: revision\r\nda`);
    response.end(`ta: {"ledger":"l1","revision":${revision}}\r\n\r\n`);
  });
  const client = new Client({ url, key: "fh_server_x", refreshMs: 3_600_000 });
  after(() => client.close());
  await client.ready();
  await until("two streams to bring news", () => streams >= 2 && client.revision >= 3);
});
