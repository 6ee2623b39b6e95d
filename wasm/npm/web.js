// For browsers and Deno: the module is fetched from beside this file, compiled while it arrives.
import init from "./flaghoist_wasm.js";

await init({ module_or_path: new URL("./flaghoist_wasm_bg.wasm", import.meta.url) });

export { createEvaluator, Evaluator } from "./evaluator.js";
export { Client } from "./client.js";
