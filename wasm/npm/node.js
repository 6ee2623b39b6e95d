// For Node and Bun: the module is a file beside this one.
import { readFileSync } from "node:fs";
import { useMemory } from "./evaluator.js";
import { initSync } from "./flaghoist_wasm.js";

useMemory(initSync({ module: readFileSync(new URL("./flaghoist_wasm_bg.wasm", import.meta.url)) }).memory);

export { createEvaluator, Evaluator, Prepared } from "./evaluator.js";
export { Client } from "./client.js";
