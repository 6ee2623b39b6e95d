// The hand-written types: a program that uses all of them compiles, strictly, with the official SDKs' types beside it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { part } from "./support.mjs";

const PROGRAM = `
import { Client, createEvaluator, type Details, type Prepared } from "flaghoist";
import { compile, createEvaluator as fromJson } from "flaghoist/json";
import { explain, type Explained } from "flaghoist/explain";
import { FlaghoistProvider } from "flaghoist/openfeature-server";
import { FlaghoistWebProvider } from "flaghoist/openfeature-web";
import { OpenFeature } from "@openfeature/server-sdk";
import { OpenFeature as Web } from "@openfeature/web-sdk";

const client = new Client({ url: "", key: "", leaseMs: 1, persist: { read: async () => null, write: async () => {} }, bootstrap: "{}" });
const off: () => void = client.on("stale", (it) => it.isStale);
client.on("error", (error: unknown) => error);
client.on("track", ({ name, revision }) => [name.length, revision + 1]);
const details: Details<boolean> = client.details("a", { targetingKey: "x", any: 1n }, false);
const pins: Record<string, string> | undefined = details.pins;
const prepared: Prepared = fromJson({ flags: {} }).prepare({});
const packed: Uint32Array = prepared.packed();
const bytes: Uint8Array = compile("{}");
const version: string | null = createEvaluator(bytes).artefact("a:b");
const explained: Explained = explain(client, "a", {});
const bucket: number | undefined = explained.bucketing?.bucket;
const kept: { a: number } = client.object("o", {}, { a: 1 });
OpenFeature.setProvider(new FlaghoistProvider(client));
Web.setProvider(new FlaghoistWebProvider(client));
// @ts-expect-error a boolean flag's fallback is a boolean
client.boolean("a", {}, "no");
// @ts-expect-error the default entry reads images only
createEvaluator({ flags: {} });
console.log(off, pins, packed, version, bucket, kept);
`;

test("a strict program compiles, and what is wrong with one shows", () => {
  const folder = mkdtempSync(join(tmpdir(), "flaghoist-types-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules"));
  cpSync(part("FLAGHOIST_NPM_DIST"), join(folder, "node_modules/flaghoist"), { recursive: true });
  symlinkSync(join(part("FLAGHOIST_NODE_MODULES"), "@openfeature"), join(folder, "node_modules/@openfeature"));
  writeFileSync(join(folder, "program.mts"), PROGRAM);
  const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--types", "", "--skipLibCheck", "false"];
  const tsc = join(part("FLAGHOIST_NODE_MODULES"), "typescript/bin/tsc");
  const done = spawnSync(process.execPath, [tsc, ...options, "program.mts"], { cwd: folder, encoding: "utf8" });
  const ours = done.stdout.split("\n").filter((line) => /^(program|node_modules\/flaghoist)/.test(line));
  assert.deepEqual(ours, [], done.stdout);
});
