// Our OpenFeature providers through the official SDKs: values, errors, context change, events, hooks, tracking.
import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { npmPackage, part, tool, until } from "./support.mjs";

const { Client, compile, createEvaluator } = await npmPackage();
const entry = (name) => import(pathToFileURL(`${part("FLAGHOIST_NPM_DIST")}/${name}.js`).href);
const { FlaghoistProvider } = await entry("openfeature-server");
const { FlaghoistWebProvider } = await entry("openfeature-web");
const server = tool("@openfeature/server-sdk");
const web = tool("@openfeature/web-sdk");

const document = (revision, on = "on") => ({
  metadata: { ledger: "l", revision },
  flags: {
    on: { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: on, metadata: { owner: "web" } },
    who: { state: "ENABLED", variants: { hi: "Hi", moin: "Moin" }, defaultVariant: "hi", targeting: { if: [{ "==": [{ var: "city" }, "Hamburg"] }, "moin", null] } },
    share: { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off", targeting: { fractional: [["on", 50], ["off", 50]] } },
    number: { state: "ENABLED", variants: { x: 1.5 }, defaultVariant: "x" },
    object: { state: "ENABLED", variants: { x: { a: [1] } }, defaultVariant: "x" },
    disabled: { state: "DISABLED", variants: { x: true }, defaultVariant: "x" },
    broken: { state: "ENABLED", variants: { x: true }, defaultVariant: "x", targeting: { nonsense: 1 } },
  },
});

const news = (revision) => `event: revision\ndata: {"ledger":"l","revision":${revision}}\n\n`;

/** A server whose bundle can be changed, that can be away, and tells news. */
async function source() {
  const self = { revision: 1, on: "on", away: false, streams: new Set() };
  const listener = http.createServer((request, response) => {
    if (self.away) return response.destroy();
    if (request.url.endsWith("/stream")) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      self.streams.add(response);
      // As the real one, it tells the revision first thing.
      return response.write(news(self.revision));
    }
    return response.end(compile(document(self.revision, self.on)));
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  after(() => listener.closeAllConnections() ?? listener.close());
  self.url = `http://127.0.0.1:${listener.address().port}`;
  self.publish = (on) => {
    self.on = on;
    self.revision++;
    for (const stream of self.streams) stream.write(news(self.revision));
  };
  self.cut = () => {
    self.away = true;
    for (const stream of self.streams) stream.destroy();
    self.streams.clear();
  };
  return self;
}

/** What a client of the server SDK hears, in order. */
function heard(api, target, names) {
  const list = [];
  for (const name of names) target.addHandler(api.ProviderEvents[name], () => list.push(name));
  return list;
}

test("the server SDK: every type, error, metadata and reason", async () => {
  await server.OpenFeature.setProviderAndWait("plain", new FlaghoistProvider(createEvaluator(document(1))));
  const flags = server.OpenFeature.getClient("plain");
  assert.equal(await flags.getBooleanValue("on", false), true);
  assert.equal(await flags.getStringValue("who", "x", { city: "Hamburg" }), "Moin");
  assert.equal(await flags.getStringValue("who", "x", { city: "Chennai" }), "Hi");
  assert.equal(await flags.getNumberValue("number", 0), 1.5);
  assert.deepEqual(await flags.getObjectValue("object", {}), { a: [1] });
  const told = async (key, fallback, context) => {
    const { value, variant, reason, errorCode } = await flags.getBooleanDetails(key, fallback, context);
    return [value, variant, reason, errorCode];
  };
  assert.deepEqual(await told("on", false), [true, "on", "STATIC", undefined]);
  assert.deepEqual((await told("share", false, { targetingKey: "user-1" })).slice(2), ["SPLIT", undefined]);
  assert.deepEqual(await told("share", true, {}), [false, "off", "DEFAULT", undefined]);
  assert.deepEqual(await told("disabled", true), [true, undefined, "DISABLED", undefined]);
  assert.deepEqual(await told("nothing", true), [true, undefined, "ERROR", "FLAG_NOT_FOUND"]);
  assert.deepEqual(await told("who", true), [true, undefined, "ERROR", "TYPE_MISMATCH"]);
  assert.deepEqual(await told("broken", false), [false, undefined, "ERROR", "PARSE_ERROR"]);
  assert.deepEqual((await flags.getBooleanDetails("on", false)).flagMetadata, { ledger: "l", revision: 1, owner: "web" });
});

test("the server SDK: hooks see each evaluation, tracking reaches the client's listeners", async () => {
  const from = await source();
  const client = new Client({ url: from.url, key: "fh_server_x", persist: false });
  await server.OpenFeature.setProviderAndWait("hooks", new FlaghoistProvider(client));
  const flags = server.OpenFeature.getClient("hooks");
  const seen = [];
  flags.addHooks({
    before: (hook) => void seen.push(["before", hook.flagKey]),
    after: (hook, details) => void seen.push(["after", details.value, details.flagMetadata.revision]),
    error: (hook, error) => void seen.push(["error", error.code]),
    finally: () => void seen.push(["finally"]),
  });
  await flags.getBooleanValue("on", false);
  await flags.getBooleanValue("who", false);
  assert.deepEqual(seen, [["before", "on"], ["after", true, 1], ["finally"], ["before", "who"], ["error", "TYPE_MISMATCH"], ["finally"]]);
  const outcomes = [];
  client.on("track", (outcome) => outcomes.push(outcome));
  flags.track("checkout", { targetingKey: "user-1" }, { value: 9.5 });
  assert.deepEqual(outcomes, [{ name: "checkout", context: { targetingKey: "user-1" }, details: { value: 9.5 }, ledger: "l", revision: 1 }]);
  await server.OpenFeature.clearProviders();
});

test("the server SDK: ready, changed, stale, ready again", async () => {
  const from = await source();
  const client = new Client({ url: from.url, key: "fh_server_x", leaseMs: 300, refreshMs: 50, persist: false });
  await server.OpenFeature.setProviderAndWait("events", new FlaghoistProvider(client));
  const flags = server.OpenFeature.getClient("events");
  const list = heard(server, flags, ["Ready", "ConfigurationChanged", "Stale", "Error"]);
  await until("ready", () => list.includes("Ready"));
  from.publish("off");
  await until("the change", () => list.includes("ConfigurationChanged"));
  assert.equal(await flags.getBooleanValue("on", true), false);
  from.cut();
  await until("stale", () => list.includes("Stale"));
  const details = await flags.getBooleanDetails("on", true);
  assert.deepEqual([details.value, details.reason, flags.providerStatus], [false, "STALE", "STALE"]);
  list.length = 0;
  from.away = false;
  await until("ready again", () => list.includes("Ready"));
  assert.equal((await flags.getBooleanDetails("on", true)).reason, "STATIC");
  await server.OpenFeature.clearProviders();
  assert.equal(client.isReady, true, "a closed client still answers");
});

test("the server SDK: a server that is away makes an error, and ready when it is back", async () => {
  const from = await source();
  from.away = true;
  const client = new Client({ url: from.url, key: "fh_server_x", refreshMs: 50, persist: false });
  await assert.rejects(server.OpenFeature.setProviderAndWait("away", new FlaghoistProvider(client)));
  const flags = server.OpenFeature.getClient("away");
  const told = await flags.getBooleanDetails("on", true);
  assert.deepEqual([told.value, flags.providerStatus], [true, "ERROR"]);
  const list = heard(server, flags, ["Ready"]);
  from.away = false;
  await until("ready", () => list.includes("Ready"));
  assert.equal(await flags.getBooleanValue("on", false), true);
  await server.OpenFeature.clearProviders();
});

test("the web SDK: a context for the page, changed at once", async () => {
  const from = await source();
  const client = new Client({ url: from.url, key: "fh_browser_x", persist: false });
  await web.OpenFeature.setContext({ city: "Chennai", targetingKey: "user-1" });
  await web.OpenFeature.setProviderAndWait(new FlaghoistWebProvider(client));
  const flags = web.OpenFeature.getClient();
  const list = heard(web, flags, ["ContextChanged", "ConfigurationChanged"]);
  assert.equal(flags.getStringValue("who", "x"), "Hi");
  await web.OpenFeature.setContext({ city: "Hamburg", targetingKey: "user-1" });
  assert.equal(flags.getStringValue("who", "x"), "Moin");
  assert.equal(flags.getBooleanDetails("share", false).reason, "SPLIT");
  assert.deepEqual(flags.getObjectValue("object", {}), { a: [1] });
  assert.equal(flags.getNumberValue("who", 7), 7);
  await until("the context's event", () => list.includes("ContextChanged"));
  from.publish("off");
  await until("the change's event", () => list.includes("ConfigurationChanged"));
  assert.equal(flags.getBooleanValue("on", true), false);
  await web.OpenFeature.clearProviders();
});
