// The chapter's own file: closed and armed, opened by the report of the last part, for exactly the same 5 % everywhere.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import http from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import {
  Browser, FLAG, Flaghoist, PINS, Worker, chapter, isIn, keys, npmPackage, part, serveFiles,
} from "./support.mjs";

const KEYS = keys(100_000);
const EXPECTED = KEYS.filter((key) => isIn(key, 500));

test("the chapter's release, from its file to an answer", async (t) => {
  const flaghoist = await Flaghoist.start();
  const browser = await Browser.start();
  const applied = flaghoist.cli("apply", chapter);
  const page = await browser.signIn(flaghoist, "/environments/production/releases/refund_explanation");

  await t.test("applied: closed, armed, and everybody names the three missing pins", async () => {
    assert.match(applied, /armed refund_explanation_v1 to open at 5 %/);
    const { json } = await flaghoist.evaluate(FLAG, "user-1");
    assert.equal(json.value, false);
    assert.equal(json.metadata.cause, "not_ready");
    const status = flaghoist.cli("status");
    assert.match(status, /armed at 5 %/);
    await page.waitForSelector("[data-test=exposure-missing]");
    const shown = await page.locator("[data-test=exposure-missing]").evaluateAll((items) => items.map((item) => item.dataset.pin));
    for (const pin of PINS) {
      assert.ok(json.metadata.missing.split(",").includes(pin), `the answer names ${pin}`);
      assert.ok(status.includes(pin), `the command line names ${pin}`);
      assert.ok(shown.includes(pin), `the app names ${pin}`);
    }
    assert.match(await page.locator("[data-test=exposure-armed]").innerText(), /opens at 5 %/);
    assert.equal(await page.locator("[data-test=part][data-state=missing]").count(), 3);
  });

  await t.test("two parts are not enough", async () => {
    flaghoist.cli("observe", PINS[0]);
    flaghoist.cli("observe", PINS[1]);
    assert.equal((await flaghoist.evaluate(FLAG, EXPECTED[0])).json.value, false);
    await page.waitForFunction(() => document.querySelectorAll("[data-test=exposure-missing]").length === 1);
  });

  await t.test("the third opens it, in its own entry, on the applier's behalf", async () => {
    flaghoist.cli("observe", PINS[2]);
    const entry = (await flaghoist.entries()).at(-1);
    assert.deepEqual(entry.events.map((event) => event.event), ["observed", "raised"]);
    assert.deepEqual([entry.events[1].to, entry.events[1].on_behalf_of], [500, "asha"]);
    await page.waitForFunction(() => document.querySelector("[data-test=exposure-now]").innerText === "5 %");
  });

  await t.test("about 5 % of 100,000", () => {
    assert.ok(Math.abs(EXPECTED.length - 5_000) < 300, `${EXPECTED.length} of 100,000`);
  });

  const bundle = (await flaghoist.bundle()).text;

  await t.test("the same keys in native", () => {
    const lines = KEYS.map((targetingKey) => JSON.stringify({ flagKey: FLAG, context: { targetingKey } })).join("\n");
    const file = join(flaghoist.folder, "bundle.json");
    spawnSync("tee", [file], { input: bundle });
    const done = spawnSync(part("FLAGHOIST_BIN"), ["eval", "--flags", file, "--batch", "-"], { input: lines, encoding: "utf8", maxBuffer: 1e9 });
    assert.equal(done.status, 0, done.stderr);
    const answers = done.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(KEYS.filter((_, index) => answers[index].value === true), EXPECTED);
    assert.equal(answers.find((answer) => answer.value === true).reason, "SPLIT");
  });

  await t.test("the same keys in Node", async () => {
    const { createEvaluator } = await npmPackage();
    const flags = createEvaluator(bundle);
    assert.deepEqual(KEYS.filter((targetingKey) => flags.boolean(FLAG, { targetingKey }, false)), EXPECTED);
  });

  await t.test("the same keys in workerd", async () => {
    const worker = await Worker.start(flaghoist);
    assert.deepEqual((await worker.bulk(KEYS)).on, EXPECTED);
  });

  await t.test("the same keys in Chromium", async () => {
    const url = await serveFiles({ "/flaghoist/": part("FLAGHOIST_NPM_DIST"), "/": new URL("./pages", import.meta.url).pathname });
    const page = await browser.page();
    await page.goto(url);
    const on = await page.evaluate(
      async ([bundle, flag, keys]) => {
        const { createEvaluator } = await import("/flaghoist/json-web.js");
        const flags = createEvaluator(bundle);
        return keys.filter((targetingKey) => flags.boolean(flag, { targetingKey }, false));
      },
      [bundle, FLAG, KEYS],
    );
    assert.deepEqual(on, EXPECTED);
  });

  await t.test("the same keys over OFREP", async () => {
    assert.deepEqual(await overOfrep(flaghoist, KEYS), EXPECTED);
  });

  await t.test("applied again: nothing changes", async () => {
    const before = await flaghoist.bundle();
    const ledger = (await flaghoist.entries()).length;
    assert.match(flaghoist.cli("apply", chapter), /nothing changed/);
    assert.equal((await flaghoist.entries()).length, ledger);
    const after = await flaghoist.bundle();
    assert.equal(after.headers.get("etag"), before.headers.get("etag"));
    assert.equal(after.text, before.text);
  });

  browser.quiet();
});

/** Asks for each key by a request of its own, over connections that stay open. */
async function overOfrep(flaghoist, keys) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const { hostname, port } = new URL(flaghoist.url);
  const path = `/ofrep/v1/evaluate/flags/${FLAG}`;
  const headers = { authorization: `Bearer ${flaghoist.key("server")}`, "content-type": "application/json" };
  const ask = (targetingKey) =>
    new Promise((resolve, reject) => {
      const request = http.request({ hostname, port, path, headers, agent, method: "POST" }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (data) => (text += data));
        response.on("end", () => (response.statusCode === 200 ? resolve(JSON.parse(text).value) : reject(new Error(text))));
      });
      request.on("error", reject).end(JSON.stringify({ context: { targetingKey } }));
    });
  const on = new Set();
  let next = 0;
  const lane = async () => {
    while (next < keys.length) {
      const key = keys[next++];
      if (await ask(key)) on.add(key);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  agent.destroy();
  return keys.filter((key) => on.has(key));
}
