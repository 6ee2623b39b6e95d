// For Node and Bun: the module is a file beside this one.
import { readFileSync } from "node:fs";
import { initSync } from "./flaghoist_wasm.js";

initSync({ module: readFileSync(new URL("./flaghoist_wasm_bg.wasm", import.meta.url)) });

export { createEvaluator, Evaluator } from "./evaluator.js";
export { Client } from "./client.js";
