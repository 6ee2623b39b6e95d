// Routes follow the flag; a part that is lost takes the flag down; a closed flag answers off whatever the caller's default.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, FLAG, Flaghoist, Worker, chapter, isIn, keys, npmPackage, tool, until } from "./support.mjs";

const KEYS = keys(20_000);
const TOOL = "tool:lookup_refund_eligibility";

async function openAt25() {
  const flaghoist = await Flaghoist.start();
  flaghoist.cli("observe", "prompt:explain_refund@0.9.4", "--live");
  flaghoist.cli("apply", chapter);
  flaghoist.deployAll();
  flaghoist.cli("raise", FLAG, "--to", "25");
  return flaghoist;
}

test("a route gives the release's version to exactly the exposed users", async () => {
  const flaghoist = await openAt25();
  const { createEvaluator } = await npmPackage();
  const flags = createEvaluator((await flaghoist.bundle()).text);
  const route = (targetingKey) => flags.artefact("prompt:explain_refund", { targetingKey });
  for (const key of KEYS) {
    assert.equal(route(key), isIn(key, 2_500) ? "1.0.0" : "0.9.4", key);
    assert.equal(flags.boolean(FLAG, { targetingKey: key }), isIn(key, 2_500), key);
  }
  const expected = KEYS.filter((key) => isIn(key, 2_500)).length;
  const worker = await Worker.start(flaghoist);
  assert.deepEqual((await worker.bulk(KEYS)).prompts, { "0.9.4": KEYS.length - expected, "1.0.0": expected });
  const outside = KEYS.find((key) => !isIn(key, 2_500));
  assert.equal((await flaghoist.evaluate("prompt:explain_refund", outside)).json.value, "0.9.4");
  // Without a live version the route leaves it to the caller.
  assert.equal(flags.artefact(TOOL, { targetingKey: outside }), null);
});

test("a withdrawn part contains the flag in the same decision; another version going live does not", async () => {
  const flaghoist = await openAt25();
  const browser = await Browser.start();
  const page = await browser.signIn(flaghoist, "/environments/production/releases/refund_explanation");

  flaghoist.cli("observe", `${TOOL}@1.1.0`, "--live");
  assert.equal((await flaghoist.flag()).exposure, 2_500);

  flaghoist.cli("observe", `${TOOL}@1.0.0`, "--withdrawn");
  const entry = (await flaghoist.entries()).at(-1);
  assert.deepEqual(entry.events.map((event) => event.event), ["observed", "contained"]);
  assert.deepEqual(entry.events[1].cause, { by: "drift", pin: `${TOOL}@1.0.0`, mismatch: "withdrawn" });
  const flag = await flaghoist.flag();
  assert.deepEqual([flag.exposure, Boolean(flag.latch)], [0, true]);

  await page.waitForFunction(() => /withdrawn/.test(document.querySelector("[data-test=why-off]").innerText));
  assert.match(await page.locator("[data-test=why-off]").innerText(), new RegExp(`${TOOL}@1.0.0 was withdrawn`));
  const newest = page.locator("[data-test=timeline-entry]").first();
  assert.equal(await newest.getAttribute("data-revision"), String(entry.revision));
  assert.match(await newest.innerText(), /asha \(key ci\)/);
  assert.match(await newest.innerText(), /contained refund_explanation_v1, from 25 % to 0 %, because tool:lookup_refund_eligibility@1.0.0 was withdrawn/);
  await browser.shot(page, "contained");
  await browser.accessible(page, "a contained release");
  browser.quiet();
});

test("off is off: whatever the caller's default, whoever evaluates", async () => {
  const flaghoist = await openAt25();
  const { createEvaluator } = await npmPackage();
  const { FlagdCore } = tool("@openfeature/flagd-core");
  const user = { targetingKey: KEYS.find((key) => isIn(key, 500)) };

  const answers = async (context) => {
    const text = (await flaghoist.bundle()).text;
    const flagd = new FlagdCore();
    flagd.setConfigurations(text);
    const { json } = await flaghoist.evaluate(FLAG, context.targetingKey);
    return {
      ours: createEvaluator(text).boolean(FLAG, context, true),
      flagd: flagd.resolveBooleanEvaluation(FLAG, true, context).value,
      ofrep: json.value,
    };
  };
  const all = (value) => ({ ours: value, flagd: value, ofrep: value });
  assert.deepEqual(await answers(user), all(true), "open, and exposed");
  assert.deepEqual(await answers({}), all(false), "open, without a targeting key");
  const { json } = await flaghoist.evaluate(FLAG);
  assert.deepEqual([json.reason, json.variant], ["DEFAULT", "off"]);

  flaghoist.cli("contain", FLAG, "--reason", "a test");
  assert.deepEqual(await answers(user), all(false), "contained");
  flaghoist.cli("clear", FLAG, "--reason", "a test");
  assert.deepEqual(await answers(user), all(false), "at 0");
});

test("flagd-core reads our bundle as we do", async () => {
  const flaghoist = await openAt25();
  const text = (await flaghoist.bundle()).text;
  const { createEvaluator } = await npmPackage();
  const flags = createEvaluator(text);
  const { FlagdCore } = tool("@openfeature/flagd-core");
  const flagd = new FlagdCore();
  flagd.setConfigurations(text);
  for (const targetingKey of KEYS.slice(0, 5_000)) {
    const context = { targetingKey };
    assert.equal(flags.boolean(FLAG, context), flagd.resolveBooleanEvaluation(FLAG, false, context).value, targetingKey);
    assert.equal(
      flags.artefact("prompt:explain_refund", context),
      flagd.resolveStringEvaluation("prompt:explain_refund", "", context).value,
      targetingKey,
    );
  }
});

test("a page gates a part of itself with a public key, live", async () => {
  const { serveFiles, part, root, fullPlan } = await import("./support.mjs");
  const flaghoist = await Flaghoist.start();
  flaghoist.cli("apply", fullPlan);
  flaghoist.deployAll();
  const url = await serveFiles({
    "/flaghoist/": part("FLAGHOIST_NPM_DIST"),
    "/": `${root}examples/refund_explanation/page`,
  });
  const browser = await Browser.start();
  const page = await browser.page();
  const user = KEYS.find((key) => isIn(key, 500));
  const query = new URLSearchParams({ url: flaghoist.url, key: flaghoist.key("browser"), user });
  await page.goto(`${url}/?${query}`);
  await page.waitForFunction(() => /^on /.test(document.querySelector("#state").innerText));
  assert.ok(await page.locator("#explain").isVisible());
  assert.deepEqual(await page.evaluate(() => globalThis.flags.evaluator.keys()), [FLAG], "a browser key sees only what is for clients");
  flaghoist.cli("contain", FLAG);
  await page.waitForFunction(() => /^off \(STATIC, contained\)/.test(document.querySelector("#state").innerText));
  assert.ok(await page.locator("#explain").isHidden());
  browser.quiet();
});

test("a client in Node hears of a push by its stream", async () => {
  const flaghoist = await openAt25();
  const { Client } = await npmPackage();
  const client = new Client({ url: flaghoist.url, key: flaghoist.key("server"), refreshMs: 3_600_000 });
  try {
    await client.ready();
    const user = { targetingKey: KEYS.find((key) => !isIn(key, 2_500) && isIn(key, 5_000)) };
    assert.equal(client.boolean(FLAG, user, true), false);
    flaghoist.cli("raise", FLAG, "--to", "50");
    await until("the stream to bring it", () => client.boolean(FLAG, user, false));
    const snapshot = client.snapshot(user);
    assert.deepEqual([snapshot.flags[FLAG], snapshot.artefacts["prompt:explain_refund"]], [true, "1.0.0"]);
    flaghoist.process.kill("SIGKILL");
    await assert.rejects(client.refresh());
    assert.equal(client.boolean(FLAG, user, false), true, "the last good bundle answers");
  } finally {
    client.close();
  }
});
