// What clients download, against budgets: today's size and five per cent of air, so that growth shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { part } from "./support.mjs";

const brotli = (name) =>
  brotliCompressSync(readFileSync(join(part("FLAGHOIST_NPM_DIST"), name)), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const total = (names) => names.map(brotli).reduce((sum, size) => sum + size, 0);

/** Wasm and glue: what an edge worker's bundle grows by when it evaluates images. */
const EVALUATOR = ["flaghoist_wasm_bg.wasm", "flaghoist_wasm.js", "evaluator.js", "context.js", "worker.js"];
const COMPILER = ["flaghoist_compiler_bg.wasm", "compiler.js", "json-worker.js"];
const BUDGETS = [
  ["the default entry", EVALUATOR, 71_000],
  ["with the client", [...EVALUATOR, "client.js", "kept.js", "sse.js", "response.js"], 77_000],
  ["with JSON", [...EVALUATOR, ...COMPILER], 168_000],
];

for (const [what, names, budget] of BUDGETS) {
  test(`${what} stays within its budget`, () => {
    const size = total(names);
    console.log(`${what}: ${size} bytes brotli of ${budget}`);
    assert.ok(size <= budget, `${what} takes ${size} bytes brotli, more than ${budget}`);
    assert.ok(size > budget * 0.85, `${what} takes ${size} bytes brotli: lower its budget of ${budget}`);
  });
}
