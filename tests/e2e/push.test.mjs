// A release manager in Chromium, a worker in workerd: push, contain, clear, push again; and a second browser that sees it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, FLAG, Flaghoist, PINS, Worker, chapter, isIn, keys, until } from "./support.mjs";

const KEYS = keys(20_000);
const PAGE = "/environments/production/releases/refund_explanation";

test("pushing and containing in the browser moves the edge", async (t) => {
  const flaghoist = await Flaghoist.start();
  flaghoist.cli("environment", "production", "--population", "40000");
  flaghoist.cli("observe", "prompt:explain_refund@0.9.4", "--live");
  flaghoist.cli("apply", chapter);
  flaghoist.deployAll();
  const worker = await Worker.start(flaghoist);
  const browser = await Browser.start();
  const first = (await worker.bulk(KEYS)).on;
  assert.deepEqual(first, KEYS.filter((key) => isIn(key, 500)));
  const onAtEdge = async (expected, what) => {
    const start = Date.now();
    await until(what, async () => (await worker.bulk(KEYS)).on.length === expected.length, 2_000);
    assert.deepEqual((await worker.bulk(KEYS)).on, expected);
    return Date.now() - start;
  };

  const page = await browser.signIn(flaghoist, "/");
  await page.click("[data-test=release-link]");
  await page.waitForURL(`**${PAGE}`);
  const other = await browser.signIn(flaghoist, PAGE, { theme: "dark" });
  const state = (page) => page.locator("[data-test=exposure-now]").innerText();

  await t.test("the graph shows every part, ready", async () => {
    for (const pin of PINS) {
      assert.equal(await page.locator(`[data-test=part][data-pin="${pin}"]`).getAttribute("data-state"), "ready");
    }
    assert.equal(await page.locator(`[data-test=part][data-pin="flag:${FLAG}"]`).getAttribute("data-state"), "open");
  });

  await t.test("5 → 25 %: confirmed in words, at the edge within two seconds, nobody leaves", async () => {
    await page.fill("[data-test=exposure-input]", "25");
    assert.equal(await page.locator("[data-test=exposure-slider]").inputValue(), "25");
    await page.press("[data-test=exposure-input]", "Enter");
    const text = await page.locator("[data-test=confirm-text]").innerText();
    assert.match(text, /production: refund_explanation_v1 goes from 5 % to 25 %, about 8,000 users more \(10,000 of 40,000\)/);
    await browser.shot(page, "confirm");
    await browser.accessible(page, "the confirmation");
    await page.fill("[data-test=confirm-reason]", "the first step looks good");
    await page.press("[data-test=confirm-reason]", "Enter");
    const expected = KEYS.filter((key) => isIn(key, 2_500));
    const took = await onAtEdge(expected, "the worker to answer by 25 %");
    t.diagnostic(`at the edge after ${took} ms`);
    const now = new Set(expected);
    assert.ok(first.every((key) => now.has(key)), "every user who was in stays in");
    await until("both browsers to show it", async () => (await state(page)) === "25 %" && (await state(other)) === "25 %");
  });

  await t.test("the slider pushes too, and lowering is a push down", async () => {
    await page.locator("[data-test=exposure-slider]").fill("20");
    assert.equal(await page.locator("[data-test=exposure-input]").inputValue(), "20");
    assert.match(await page.locator("[data-test=exposure-push]").innerText(), /Lower to 20 %/);
    await page.fill("[data-test=exposure-input]", "101");
    assert.ok(await page.locator("[data-test=exposure-push]").isDisabled());
    await page.fill("[data-test=exposure-input]", "");
  });

  await t.test("contain by keyboard: off for all, and a raise names the latch", async () => {
    await page.locator("h1").click();
    await page.keyboard.press("c");
    await page.waitForSelector("dialog[open] [data-test=confirm-submit]");
    await page.keyboard.press("Enter");
    await onAtEdge([], "the worker to answer off for all");
    await page.fill("[data-test=exposure-input]", "5");
    await page.click("[data-test=exposure-push]");
    await page.click("dialog[open] [data-test=confirm-submit]");
    await page.waitForSelector("dialog[open] [data-test=refusal]");
    assert.match(await page.locator("dialog[open] [data-test=refusal]").innerText(), /latched: contained by asha/);
    await page.keyboard.press("Escape");
    assert.match(await other.locator("[data-test=why-off]").innerText(), /asha contained it/);
    const refused = flaghoist.run("raise", FLAG, "--to", "5");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /is latched: contained by asha/);
  });

  await t.test("clear ends at 0; 5 % again is the same first 5 %", async () => {
    await page.click("[data-test=clear-latch]");
    await page.fill("dialog[open] [data-test=confirm-reason]", "the tool is mended");
    await page.click("dialog[open] [data-test=confirm-submit]");
    await until("the latch to be lifted", async () => !(await flaghoist.flag()).latch);
    assert.equal((await flaghoist.flag()).exposure, 0);
    assert.equal((await worker.bulk(KEYS)).on.length, 0);
    assert.equal(await state(page), "0 %");
    await page.fill("[data-test=exposure-input]", "5");
    await page.click("[data-test=exposure-push]");
    await page.click("dialog[open] [data-test=confirm-submit]");
    await onAtEdge(first, "the worker to answer by 5 % again");
  });

  await t.test("every screen in both themes, wide and narrow, is accessible", async () => {
    for (const theme of ["light", "dark"]) {
      for (const width of [1280, 375]) {
        const page = await browser.page({ theme, width });
        await page.goto(flaghoist.url);
        await page.waitForSelector("[data-test=sign-in-user]");
        await browser.accessible(page, `sign-in, ${theme}, ${width}`);
        await browser.shot(page, `sign-in-${theme}-${width}`);
        await page.fill("[data-test=sign-in-user]", "asha");
        await page.fill("[data-test=sign-in-password]", flaghoist.password);
        await page.click("[data-test=sign-in-submit]");
        await page.waitForSelector("[data-test=release-link]");
        await browser.accessible(page, `releases, ${theme}, ${width}`);
        await browser.shot(page, `releases-${theme}-${width}`);
        await page.click("[data-test=release-link]");
        await page.waitForSelector("[data-test=part]");
        await browser.accessible(page, `release, ${theme}, ${width}`);
        await browser.shot(page, `release-${theme}-${width}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `nothing sticks out at ${width} px, ${theme}`);
        await page.context().close();
      }
    }
  });

  // The refused raise is the one message a browser itself writes.
  browser.quiet([/status of 422/]);
});

test("a wrong password is said in place; the server away is said on top", async () => {
  const flaghoist = await Flaghoist.start();
  flaghoist.cli("apply", chapter);
  const browser = await Browser.start();
  const page = await browser.page();
  await page.goto(flaghoist.url + PAGE);
  await page.fill("[data-test=sign-in-user]", "asha");
  await page.fill("[data-test=sign-in-password]", "wrong password");
  await page.click("[data-test=sign-in-submit]");
  await page.waitForFunction(() => /wrong/.test(document.querySelector("#sign-in-error").innerText));
  await page.fill("[data-test=sign-in-password]", flaghoist.password);
  await page.click("[data-test=sign-in-submit]");
  await page.waitForSelector("[data-test=flag-state]");
  const address = new URL(flaghoist.url).host;
  flaghoist.process.kill("SIGKILL");
  await page.waitForSelector("[data-test=banner]");
  await flaghoist.launch(address);
  flaghoist.cli("observe", PINS[0]);
  await page.waitForFunction(() => document.querySelectorAll("[data-test=exposure-missing]").length === 2);
  assert.equal(await page.locator("[data-test=banner]").count(), 0);
});
