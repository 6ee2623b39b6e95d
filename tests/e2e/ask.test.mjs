// "Ask for a user" on the release page: the answer that edges give, its share and its steps; by address, by keyboard, live.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, FLAG, Flaghoist, fullPlan, isIn, keys } from "./support.mjs";

const flaghoist = await Flaghoist.start();
flaghoist.cli("apply", fullPlan);
flaghoist.deployAll();
const browser = await Browser.start();
const inside = keys(10_000).find((key) => isIn(key, 500));
const outside = keys(10_000).find((key) => !isIn(key, 2_500));

test("what a user gets, and why", async () => {
  const page = await browser.signIn(flaghoist, "/");
  await page.click("[data-test=release-link]");
  await page.fill("[data-test=ask-user]", inside);
  await page.press("[data-test=ask-user]", "Enter");
  const answer = page.locator("[data-test=ask-answer]");
  await answer.getByText("Gets on, reason SPLIT.").waitFor();
  assert.match(await answer.innerText(), /bucket \d+ of 10000: the share from 0 to 499\./);
  assert.match(await answer.innerText(), /if → "on"/);
  assert.match(page.url(), new RegExp(`user=${inside}$`), "the question has an address");
  await browser.accessible(page, "an explained answer");
  await browser.shot(page, "ask-desktop");

  const shared = await browser.page({ width: 375, height: 800, theme: "dark" });
  await shared.context().addCookies(await page.context().cookies());
  await shared.goto(page.url().replace(inside, outside));
  await shared.getByText("Gets off, reason SPLIT.").waitFor();
  await browser.accessible(shared, "an explained answer on a phone");
  await browser.shot(shared, "ask-phone");

  flaghoist.cli("contain", FLAG);
  await answer.getByText("Gets off, reason STATIC.").waitFor();
  flaghoist.cli("clear", FLAG, "--reason", "tried");
  await page.fill("[data-test=ask-user]", "käthe & co?");
  await page.press("[data-test=ask-user]", "Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/user=k%C3%A4the%20%26%20co%3F$/);
  assert.equal(await page.inputValue("[data-test=ask-user]"), "käthe & co?");
  browser.quiet();
});
