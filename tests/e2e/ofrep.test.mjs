// OFREP with the official providers, unmodified: npm for servers and for pages, PyPI. Where one of them misreads an
// answer that is right by the protocol, the test holds what it really does and says so.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Browser, FLAG, Flaghoist, fullPlan, isIn, keys, part, serveFiles, tool, until } from "./support.mjs";

const INSIDE = keys(1_000).find((key) => isIn(key, 500));
const OUTSIDE = keys(1_000).find((key) => !isIn(key, 5_000));
const ROUTE = "prompt:explain_refund";

/** Flags of every type, as JSON text: `10.0` is not `10`. */
const PLAIN = {
  greeting: `{"state":"ENABLED","variants":{"plain":"hello","gold":"good day"},"defaultVariant":"plain",
    "targeting":{"if":[{"==":[{"var":"plan"},"gold"]},"gold",null]},"metadata":{"team":"shop","rank":3,"new":true}}`,
  empty: `{"state":"ENABLED","variants":{"none":""},"defaultVariant":"none"}`,
  limits: `{"state":"ENABLED","variants":{"small":{"max":5,"of":["a",{"b":null}]},"none":{}},"defaultVariant":"small"}`,
  count: `{"state":"ENABLED","variants":{"ten":10,"zero":0},"defaultVariant":"ten"}`,
  ratio: `{"state":"ENABLED","variants":{"tenth":0.1,"ten":10.0},"defaultVariant":"ten"}`,
  retired: `{"state":"DISABLED","variants":{"on":true,"off":false},"defaultVariant":"on"}`,
  undecided: `{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":null}`,
  broken: `{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on","targeting":{"var":"which"}}`,
};

async function open(options) {
  const flaghoist = await Flaghoist.start({ web: false, ...options });
  flaghoist.cli("apply", fullPlan);
  flaghoist.deployAll();
  for (const [key, definition] of Object.entries(PLAIN)) {
    const path = `/api/v1/environments/production/flags/${key}`;
    const body = `{"definition":${definition},"client":true}`;
    const written = await flaghoist.request(path, { method: "PUT", body, headers: { "content-type": "application/json" } });
    assert.equal(written.status, 200, written.text);
  }
  return flaghoist;
}

const bearer = (key) => [["Authorization", `Bearer ${key}`]];

/** What is compared of the details that an SDK gives. */
const brief = ({ value, variant, reason, errorCode }) => ({ value, variant, reason, ...(errorCode && { error: errorCode }) });
const failed = (value, error) => ({ value, variant: undefined, reason: "ERROR", error });

test("npm: the provider for servers", async () => {
  const flaghoist = await open();
  const { OpenFeature } = tool("@openfeature/server-sdk");
  const { OFREPProvider } = tool("@openfeature/ofrep-provider");
  after(() => OpenFeature.close());
  const use = async (domain, key) => {
    await OpenFeature.setProviderAndWait(domain, new OFREPProvider({ baseUrl: flaghoist.url, headers: bearer(key) }));
    return OpenFeature.getClient(domain);
  };
  const client = await use("servers", flaghoist.key("server"));
  const inside = { targetingKey: INSIDE };
  const boolean = async (flag, fallback, context) => brief(await client.getBooleanDetails(flag, fallback, context));

  assert.deepEqual(await boolean(FLAG, false, inside), { value: true, variant: "on", reason: "SPLIT" });
  assert.deepEqual(await boolean(FLAG, true, { targetingKey: OUTSIDE }), { value: false, variant: "off", reason: "SPLIT" });
  assert.equal((await boolean(FLAG, true, {})).value, false, "nobody in particular is outside");
  assert.equal((await boolean(FLAG, true)).value, false, "no context at all, too");
  assert.equal((await client.getStringDetails(ROUTE, "", inside)).value, "1.0.0", "keys go unencoded");

  const string = await client.getStringDetails("greeting", "", { ...inside, plan: "gold" });
  assert.deepEqual(brief(string), { value: "good day", variant: "gold", reason: "TARGETING_MATCH" });
  const about = { team: "shop", rank: 3, new: true, flagSetId: "production" };
  assert.deepEqual({ ...string.flagMetadata, ...about }, { ...string.flagMetadata });
  assert.deepEqual(brief(await client.getStringDetails("greeting", "", inside)), { value: "hello", variant: "plain", reason: "DEFAULT" });
  assert.deepEqual(brief(await client.getStringDetails("empty", "x", inside)), { value: "", variant: "none", reason: "STATIC" });
  assert.deepEqual((await client.getObjectDetails("limits", {}, inside)).value, { max: 5, of: ["a", { b: null }] });
  assert.equal((await client.getNumberDetails("count", 0, inside)).value, 10);
  assert.equal((await client.getNumberDetails("ratio", 0, inside)).value, 10);

  for (const fallback of [true, false]) {
    assert.deepEqual(await boolean("nobody-knows", fallback, inside), failed(fallback, "FLAG_NOT_FOUND"));
    assert.deepEqual(await boolean("greeting", fallback, inside), failed(fallback, "TYPE_MISMATCH"));
    assert.deepEqual(await boolean("broken", fallback, { ...inside, which: "none" }), failed(fallback, "GENERAL"));
    // Success without `value` is right by OFREP 0.3.0; 0.1.3 of this provider takes it for a broken answer. The value is
    // the caller's own default, as it should be; reason and code are not.
    assert.deepEqual(await boolean("retired", fallback, inside), failed(fallback, "GENERAL"));
    assert.deepEqual(await boolean("undecided", fallback, inside), failed(fallback, "GENERAL"));
  }
  flaghoist.cli("contain", FLAG);
  assert.deepEqual(await boolean(FLAG, true, inside), { value: false, variant: "off", reason: "STATIC" });
  const stranger = await use("strangers", "fh_server_00");
  assert.deepEqual(brief(await stranger.getBooleanDetails(FLAG, true, inside)), failed(true, "GENERAL"));
});

test("PyPI: the provider for Python", async () => {
  const flaghoist = await open();
  const ask = (questions, key = flaghoist.key("server")) => {
    const input = JSON.stringify({ url: flaghoist.url, key, questions });
    const script = fileURLToPath(new URL("ofrep_client.py", import.meta.url));
    const done = spawnSync(part("FLAGHOIST_PYTHON"), [script], { encoding: "utf8", input });
    assert.equal(done.status, 0, done.stderr);
    return JSON.parse(done.stdout);
  };
  const inside = { targetingKey: INSIDE };
  const gold = { ...inside, plan: "gold" };
  const expected = [
    [["boolean", FLAG, false, inside], [true, "on", "SPLIT", null]],
    [["boolean", FLAG, true, { targetingKey: OUTSIDE }], [false, "off", "SPLIT", null]],
    [["boolean", FLAG, true, {}], [false, "off", "DEFAULT", null]],
    [["string", ROUTE, "", inside], ["1.0.0", "1.0.0", "SPLIT", null]],
    [["string", "greeting", "", gold], ["good day", "gold", "TARGETING_MATCH", null]],
    [["string", "greeting", "", inside], ["hello", "plain", "DEFAULT", null]],
    [["string", "empty", "x", inside], ["", "none", "STATIC", null]],
    [["object", "limits", {}, inside], [{ max: 5, of: ["a", { b: null }] }, "small", "STATIC", null]],
    [["integer", "count", 0, inside], [10, "ten", "STATIC", null]],
    // A whole number written as a float stays one: this provider takes no `10` for a float.
    [["float", "ratio", 0.5, inside], [10, "ten", "STATIC", null]],
    [["float", "count", 0.5, inside], [0.5, null, "ERROR", "TYPE_MISMATCH"]],
    [["boolean", "nobody-knows", true, inside], [true, null, "ERROR", "FLAG_NOT_FOUND"]],
    [["boolean", "greeting", true, inside], [true, null, "ERROR", "TYPE_MISMATCH"]],
    [["boolean", "broken", true, { ...inside, which: "none" }], [true, null, "ERROR", "GENERAL"]],
    // Success without `value` and `variant` is right by OFREP 0.3.0; 0.3.0 of this provider raises a KeyError for the
    // variant. The value is the caller's own default, as it should be; reason and code are not.
    [["boolean", "retired", true, inside], [true, null, "ERROR", "GENERAL"]],
    [["boolean", "undecided", false, inside], [false, null, "ERROR", "GENERAL"]],
  ];
  const answers = ask(expected.map(([question]) => question));
  for (const [index, [question, wanted]] of expected.entries()) {
    const { value, variant, reason, error, metadata } = answers[index];
    assert.deepEqual([value, variant, reason, error], wanted, JSON.stringify(question));
    if (question[1] === "greeting" && error === null) {
      assert.deepEqual([metadata.team, metadata.rank, metadata.new, metadata.flagSetId], ["shop", 3, true, "production"]);
    }
  }
  flaghoist.cli("contain", FLAG);
  const [contained] = ask([["boolean", FLAG, true, inside]]);
  assert.deepEqual([contained.value, contained.reason], [false, "STATIC"]);
  const [stranger] = ask([["boolean", FLAG, true, inside]], "fh_server_00");
  assert.deepEqual([stranger.value, stranger.error], [true, "GENERAL"]);
});

test("npm: the provider for pages, polling", async () => {
  const flaghoist = await open();
  const { OpenFeature, ProviderEvents } = tool("@openfeature/web-sdk");
  const { OFREPWebProvider } = tool("@openfeature/ofrep-web-provider");
  after(() => OpenFeature.close());
  const statuses = [];
  const fetchImplementation = async (request, options) => {
    const response = await fetch(request, options);
    statuses.push(response.status);
    return response;
  };
  const key = flaghoist.key("browser");
  // Node 20 has no EventSource: this provider polls then, whatever stream it is offered.
  const provider = (token) =>
    new OFREPWebProvider({ baseUrl: flaghoist.url, headers: bearer(token), pollInterval: 50, cacheMode: "disabled", fetchImplementation });
  await OpenFeature.setContext({ targetingKey: INSIDE, which: "none" });
  await OpenFeature.setProviderAndWait("pages", provider(key));
  const client = OpenFeature.getClient("pages");
  const boolean = (flag, fallback) => brief(client.getBooleanDetails(flag, fallback));

  assert.deepEqual(boolean(FLAG, false), { value: true, variant: "on", reason: "SPLIT" });
  assert.equal(client.getStringValue("greeting", ""), "hello");
  assert.equal(client.getStringValue("empty", "x"), "");
  assert.deepEqual(client.getObjectValue("limits", {}), { max: 5, of: ["a", { b: null }] });
  assert.equal(client.getNumberValue("count", 0), 10);
  assert.equal(client.getNumberValue("ratio", 0), 10);
  for (const fallback of [true, false]) {
    assert.deepEqual(boolean("nobody-knows", fallback), failed(fallback, "FLAG_NOT_FOUND"));
    assert.deepEqual(boolean(ROUTE, fallback), failed(fallback, "FLAG_NOT_FOUND"), "not for clients");
    assert.deepEqual(boolean("greeting", fallback), failed(fallback, "TYPE_MISMATCH"));
    assert.deepEqual(boolean("broken", fallback), failed(fallback, "GENERAL"));
    assert.deepEqual(boolean("retired", fallback), { value: fallback, variant: undefined, reason: "DISABLED" });
    assert.deepEqual(boolean("undecided", fallback), { value: fallback, variant: undefined, reason: "DEFAULT" });
  }
  await until("polls that find nothing new", () => statuses.filter((status) => status === 304).length >= 3);
  assert.deepEqual(statuses.slice(0, 2), [200, 304]);
  assert.ok(statuses.filter((status) => status === 200).length === 1, statuses.join(" "));

  // It keeps its tag while only attributes change: a tag of the configuration alone would get a wrong 304.
  await OpenFeature.setContext({ targetingKey: INSIDE, which: "none", plan: "gold" });
  assert.equal(client.getStringValue("greeting", ""), "good day");
  await OpenFeature.setContext({ targetingKey: OUTSIDE });
  assert.equal(client.getBooleanValue(FLAG, true), false);
  await OpenFeature.setContext({ targetingKey: INSIDE });
  assert.equal(client.getBooleanValue(FLAG, false), true);

  const changed = [];
  client.addHandler(ProviderEvents.ConfigurationChanged, ({ flagsChanged }) => changed.push(...flagsChanged));
  flaghoist.cli("contain", FLAG);
  await until("the contain", () => client.getBooleanValue(FLAG, true) === false);
  assert.deepEqual(boolean(FLAG, true), { value: false, variant: "off", reason: "STATIC" });
  flaghoist.cli("clear", FLAG, "--reason", "a test");
  flaghoist.cli("raise", FLAG, "--to", "100");
  await until("the raise", () => client.getBooleanValue(FLAG, false) === true);
  assert.ok(changed.includes(FLAG), changed.join(" "));

  await OpenFeature.setContext({ targetingKey: OUTSIDE });
  await assert.rejects(OpenFeature.setProviderAndWait("strangers", provider("fh_browser_00")), /Initialization failed|fatal/i);
  assert.equal(OpenFeature.getClient("strangers").providerStatus, "FATAL");
});

test("npm: the provider for pages, in Chromium, by its event stream", async () => {
  process.env.FLAGHOIST_LOG = "trace";
  const flaghoist = await open();
  delete process.env.FLAGHOIST_LOG;
  const modules = part("FLAGHOIST_NODE_MODULES");
  const site = await serveFiles({ "/modules/": modules, "/": new URL("./pages/ofrep", import.meta.url).pathname });
  const browser = await Browser.start();
  const page = await browser.page();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  const key = flaghoist.key("browser");
  const ready = () => page.waitForFunction(() => globalThis.flags !== undefined);
  const shows = (value) => page.waitForFunction(([flag, value]) => flags.getBooleanValue(flag, !value) === value, [FLAG, value]);
  const streams = () => asked.filter((url) => url.includes("/ofrep/v1/stream?"));
  await page.goto(`${site}/?${new URLSearchParams({ url: flaghoist.url, key, user: INSIDE })}`);
  await ready();
  await shows(true);
  await until("the stream", () => streams().length === 1);
  assert.ok(!streams()[0].includes(key), "never the key");

  flaghoist.cli("contain", FLAG);
  await shows(false);
  assert.ok(asked.some((url) => /\/evaluate\/flags\?flagConfigEtag=[0-9a-f]{32}$/.test(url)), asked.join("\n"));
  flaghoist.cli("clear", FLAG, "--reason", "a test");
  flaghoist.cli("raise", FLAG, "--to", "100");
  await shows(true);

  // An attribute only; its stream begins anew where the answer was.
  await page.evaluate((targetingKey) => OpenFeature.setContext({ targetingKey, plan: "gold" }), INSIDE);
  await page.waitForFunction(() => flags.getStringValue("greeting", "") === "good day");
  flaghoist.cli("contain", FLAG);
  await shows(false);

  // The server goes and comes back on its address: the browser's EventSource returns with the same ticket by itself.
  const exit = new Promise((resolve) => flaghoist.process.once("exit", resolve));
  flaghoist.process.kill("SIGTERM");
  await exit;
  const log = flaghoist.log;
  await flaghoist.launch(new URL(flaghoist.url).host);
  flaghoist.cli("clear", FLAG, "--reason", "a test");
  flaghoist.cli("raise", FLAG, "--to", "100");
  await shows(true);

  // A page that comes back after hours finds an old answer and an ended ticket in its storage, and mends itself.
  const [, name, end, proof] = /ticket=([^~]+)~production~(\d+)~([0-9a-f]{64})&/.exec(streams()[0]);
  assert.equal(ticketProof(key, name, end), proof, "recomputed, as it is made");
  const hour = Number(end) - 3 * 3_600;
  const ended = `/ofrep/v1/stream?ticket=${name}~production~${hour}~${ticketProof(key, name, hour)}&since=0`;
  const refused = await fetch(flaghoist.url + ended);
  await refused.body.cancel();
  assert.equal(refused.status, 401, "rightly made, and ended");
  await page.evaluate((ended) => {
    const [name] = Object.keys(localStorage);
    const entry = JSON.parse(localStorage.getItem(name));
    entry.etag = '"old"';
    entry.eventStreams[0].endpoint.requestUri = ended;
    localStorage.setItem(name, JSON.stringify(entry));
  }, ended);
  asked.length = 0;
  await page.reload();
  await ready();
  await until("a new ticket", () => streams().some((url) => !url.includes(`~${hour}~`)));
  assert.ok(streams().some((url) => url.endsWith(ended)), "after the ended one");
  flaghoist.cli("contain", FLAG);
  await shows(false);

  // Trace: everything that any part of the server would ever tell.
  assert.match(log, /TRACE/);
  for (const secret of [key, ...streams().map((url) => /~([0-9a-f]{64})/.exec(url)?.[1]).filter(Boolean)]) {
    assert.ok(!log.includes(secret) && !flaghoist.log.includes(secret), "in the log");
  }
  browser.quiet([/Failed to load resource/]);
});

/** What proves a ticket of production, written from its description. */
function ticketProof(key, name, end) {
  const hash = createHash("sha256").update(key).digest("hex");
  return createHmac("sha256", hash).update(`flaghoist event stream 1\n${name}\nproduction\n${end}`).digest("hex");
}
