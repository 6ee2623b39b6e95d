// For browsers and Deno: the module is fetched from beside this file, compiled while it arrives.
import { useMemory } from "./evaluator.js";
import init from "./flaghoist_wasm.js";

useMemory((await init({ module_or_path: new URL("./flaghoist_wasm_bg.wasm", import.meta.url) })).memory);

export { createEvaluator, Evaluator, Prepared } from "./evaluator.js";
export { Client } from "./client.js";
