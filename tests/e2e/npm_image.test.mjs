// The default entry: images only; what it refuses, what it keeps, what it answers in bulk and step by step.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import http from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Browser, murmur3, npmPackage, part, root, serveFiles, until } from "./support.mjs";
import { DOCUMENT } from "./pages/check.mjs";

const { Client, compile, createEvaluator } = await npmPackage();
const { explain } = await npmPackage("explain");

const documentOf = (revision, value, ledger = "l1") => ({
  metadata: { ledger, revision },
  flags: { on: { state: "ENABLED", variants: { yes: true, no: false }, defaultVariant: value ? "yes" : "no" } },
});

test("the default entry reads images and says where documents are read", () => {
  const code = `
    import { createEvaluator } from ${JSON.stringify(pathToFileURL(`${part("FLAGHOIST_NPM_DIST")}/node.js`).href)};
    const image = Buffer.from(${JSON.stringify(Buffer.from(compile(documentOf(3, true))).toString("base64"))}, "base64");
    const flags = createEvaluator(image);
    const refused = (source) => { try { createEvaluator(source); return "taken"; } catch (error) { return error.message; } };
    console.log(JSON.stringify([flags.boolean("on"), flags.revision, refused({ flags: {} }), refused("{}"), refused(Buffer.from("{}"))]));`;
  const done = spawnSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  const [value, revision, object, text, bytes] = JSON.parse(done.stdout);
  assert.deepEqual([value, revision], [true, 3]);
  assert.match(object, /flaghoist\/json/);
  assert.match(text, /flaghoist\/json/);
  assert.match(bytes, /not a flag image/);
});

/** Gives an image the checksum its bytes ask for, as a hostile writer would. */
function sealed(image) {
  const rest = Buffer.concat([image.subarray(0, 12), image.subarray(16)]);
  new DataView(image.buffer).setUint32(12, murmur3(rest), true);
  return image;
}

test("images that are foreign, cut, damaged, newer or too large are refused with a reason; forged ones do no harm", () => {
  const good = compile(DOCUMENT);
  const changed = (change) => {
    const image = good.slice();
    change(image);
    return image;
  };
  const refused = [
    [new Uint8Array(0), /image|JSON/],
    [good.subarray(0, 40), /long|image/],
    [good.subarray(0, good.length - 1), /bytes long/],
    [changed((image) => (image[100] ^= 1)), /checksum/],
    [changed((image) => (image[4] = 99)), /format 99/],
    [changed((image) => (image[0] = 0)), /./],
  ];
  for (const [image, reason] of refused) assert.throws(() => createEvaluator(image), reason);
  let taken = 0;
  for (let at = 16; at < good.length; at += 3) {
    const forged = sealed(changed((image) => (image[at] ^= 0xff)));
    let flags;
    try {
      flags = createEvaluator(forged);
    } catch (error) {
      assert.ok(error.message.length > 5);
      continue;
    }
    taken++;
    for (const context of [{}, { targetingKey: "user-1", email: "a@acme.com", groups: ["beta"] }]) {
      for (const key of [...flags.keys(), "rollout"]) assert.equal(typeof flags.details(key, context, null).reason, "string");
      flags.all(context);
    }
    flags.free();
  }
  assert.ok(taken > 0, "some forgeries are well formed");
});

test("a client keeps the last good image whatever comes, and orders revisions within a ledger", async () => {
  let reply = compile(documentOf(5, true));
  const accepts = new Set();
  const server = http.createServer((request, response) => {
    accepts.add(request.headers.accept);
    response.writeHead(200, { "content-type": "application/vnd.flaghoist.image;format=2" }).end(reply);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.closeAllConnections() ?? server.close());
  const client = new Client({ url: `http://127.0.0.1:${server.address().port}`, key: "fh_server_x", stream: false, refreshMs: 3_600_000 });
  after(() => client.close());
  await client.ready();
  assert.deepEqual([...accepts], ["application/vnd.flaghoist.image;format=2, application/json;q=0.1"]);
  const good = compile(documentOf(6, false));
  const damaged = good.slice();
  damaged[70] ^= 1;
  const newer = good.slice();
  newer[4] = 3;
  for (const bad of [good.subarray(0, 50), damaged, newer, Buffer.from("<html>"), Buffer.alloc(9 * 1024 * 1024)]) {
    reply = bad;
    await assert.rejects(client.refresh());
    assert.deepEqual([client.boolean("on"), client.revision], [true, 5]);
  }
  reply = compile(documentOf(4, false));
  await client.refresh();
  assert.equal(client.revision, 5, "an older one is passed over");
  reply = compile(documentOf(1, false, "l2"));
  await client.refresh();
  assert.deepEqual([client.boolean("on", {}, true), client.revision, client.ledger], [false, 1, "l2"]);
});

test("a lease that ends is told, once, and so is word that comes again", async () => {
  let away = false;
  const server = http.createServer((request, response) => (away ? response.destroy() : response.end(compile(documentOf(1, true)))));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.closeAllConnections() ?? server.close());
  const client = new Client({ url: `http://127.0.0.1:${server.address().port}`, key: "k", stream: false, leaseMs: 200, refreshMs: 40 });
  after(() => client.close());
  const heard = [];
  for (const event of ["ready", "change", "stale", "fresh"]) client.on(event, () => heard.push(event));
  await client.ready();
  assert.deepEqual([client.isStale, client.details("on", {}, false).reason], [false, "STATIC"]);
  away = true;
  await until("the lease to end", () => heard.includes("stale"));
  assert.deepEqual([client.isStale, client.details("on", {}, false).reason, client.boolean("on")], [true, "STALE", true]);
  assert.equal(client.details("nothing", {}, 1).reason, "ERROR");
  away = false;
  await until("word again", () => heard.includes("fresh"));
  assert.equal(client.isStale, false);
  assert.deepEqual(heard, ["change", "ready", "stale", "fresh"]);
});

test("the last good bundle is kept, answers when the server is away, and gives way to a fresh one", async () => {
  let away = false;
  let revision = 1;
  const tags = [];
  const server = http.createServer((request, response) => {
    tags.push(request.headers["if-none-match"]);
    if (away) return response.destroy();
    return response.writeHead(200, { etag: `"${revision}"` }).end(compile(documentOf(revision, revision === 1)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.closeAllConnections() ?? server.close());
  const url = `http://127.0.0.1:${server.address().port}`;
  let kept = null;
  const store = { read: async () => kept, write: async (next) => void (kept = next) };
  const open = (persist) => {
    const client = new Client({ url, key: "k", stream: false, refreshMs: 3_600_000, persist });
    after(() => client.close());
    return client;
  };
  await open(store).ready();
  await until("the bundle to be kept", () => kept !== null);
  away = true;
  const restored = await open(store).ready();
  assert.deepEqual([restored.boolean("on"), restored.revision, restored.isStale, restored.details("on", {}, false).reason], [true, 1, true, "STALE"]);
  away = false;
  revision = 2;
  await restored.refresh();
  assert.deepEqual([restored.boolean("on", {}, true), restored.isStale, tags.at(-1)], [false, false, '"1"']);
  await until("the newer to be kept", () => kept.etag === '"2"');
  const broken = { read: async () => ({ bundle: new Uint8Array([1, 2, 3]), etag: null }), write: async () => { throw new Error("full"); } };
  assert.equal((await open(broken).ready()).revision, 2, "what is kept badly is as if it were not");
  away = true;
  await assert.rejects(open({ read: async () => { throw new Error("no"); }, write: async () => {} }).ready());
});

test("bulk answers, prepared contexts and explanations say what single ones say", () => {
  const flags = createEvaluator(compile(DOCUMENT));
  const context = { targetingKey: "user-1", email: "a@acme.com" };
  const prepared = flags.prepare(context);
  context.email = "x@example.org";
  assert.equal(prepared.boolean("staff"), true, "what it held when it was prepared");
  assert.equal(flags.boolean("staff", context), false);
  assert.equal(prepared.boolean("staff"), true, "another context in between changes nothing");
  assert.equal(flags.packed({}).length, flags.keys().length);
  assert.deepEqual(flags.details("released", { targetingKey: "user-1" }, false).pins, { "prompt:explain": flags.artefact("prompt:explain", { targetingKey: "user-1" }) });
  for (const invalid of [5, "x", [], () => 1]) {
    const details = flags.prepare(invalid).details("staff", true);
    assert.deepEqual([details.value, details.errorCode], [true, "INVALID_CONTEXT"]);
    assert.equal(flags.prepare(invalid).boolean("constant"), true);
  }
  const explained = explain(flags, "rollout", { targetingKey: "user-1" });
  const hash = murmur3("cohortuser-1");
  assert.deepEqual(explained.bucketing.hash, hash);
  assert.equal(explained.bucketing.bucket, Number((BigInt(hash) * 100n) >> 32n));
  assert.deepEqual(explained.steps.map(({ path, operator }) => [path, operator]), [["targeting", "fractional"]]);
  assert.equal(explain(flags, "nothing", {}).errorCode, "FLAG_NOT_FOUND");
  assert.equal(explain(flags, "staff", 5).errorCode, "INVALID_CONTEXT");
  assert.deepEqual(explain(flags, "staff", {}).steps.map(({ operator, value }) => [operator, value]), [["if", null], ["ends_with", null], ["var", null], ["text", "@acme.com"], ["null", null]]);
  flags.free();
  assert.equal(explain(flags, "staff", {}).errorCode, "PROVIDER_NOT_READY");
});

test("what every object inherits is never an attribute, whoever put it there", () => {
  const flags = createEvaluator(compile(DOCUMENT));
  class Person {
    get targetingKey() {
      return "user-1";
    }
  }
  assert.equal(flags.details("implicit", new Person(), true).reason, "DEFAULT");
  Object.prototype.targetingKey = "user-1";
  Object.prototype.email = "a@acme.com";
  try {
    assert.equal(flags.details("implicit", {}, true).reason, "DEFAULT");
    assert.equal(flags.boolean("staff", {}, true), false);
    assert.equal(flags.prepare({}).boolean("staff", true), false);
  } finally {
    delete Object.prototype.targetingKey;
    delete Object.prototype.email;
  }
});

test("a page that is opened again while the server is away answers from what it kept", async () => {
  let away = false;
  const server = http.createServer((request, response) => {
    const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "authorization, if-none-match", "access-control-expose-headers": "etag" };
    if (away) return response.destroy();
    if (request.method === "OPTIONS") return response.writeHead(204, cors).end();
    return response.writeHead(200, { ...cors, etag: '"1"' }).end(compile(documentOf(1, true)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.closeAllConnections() ?? server.close());
  const url = `http://127.0.0.1:${server.address().port}`;
  const browser = await Browser.start();
  const page = await browser.page();
  await page.goto(`${await serveFiles({ "/flaghoist/": part("FLAGHOIST_NPM_DIST"), "/": join(root, "tests/e2e/pages") })}/index.html`);
  const open = (url) => page.evaluate(async (url) => {
    const { Client } = await import("/flaghoist/web.js");
    const flags = new Client({ url, key: "fh_browser_x", stream: false });
    const error = await flags.ready().then(() => null, (error) => error.message);
    const kept = await (await caches.open("flaghoist")).keys();
    const answer = [error, flags.boolean("on"), flags.details("on", {}, false).reason, kept.length];
    flags.close();
    return answer;
  }, url);
  await until("the bundle to be kept", async () => (await open(url))[3] === 1);
  assert.deepEqual(await open(url), [null, true, "STATIC", 1]);
  away = true;
  await page.reload();
  assert.deepEqual(await open(url), [null, true, "STALE", 1]);
  assert.deepEqual((await open("http://127.0.0.1:9"))[1], false, "another server's is another's");
  browser.quiet([/favicon/, /ERR_EMPTY_RESPONSE/, /ERR_CONNECTION/, /Failed to load resource/, /ERR_UNSAFE_PORT/]);
});
