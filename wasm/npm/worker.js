// For edge workers, which forbid compiling WebAssembly from bytes: the module is a static import.
import module from "./flaghoist_wasm_bg.wasm";
import { initSync } from "./flaghoist_wasm.js";

initSync({ module });

export { createEvaluator, Evaluator } from "./evaluator.js";
export { Client } from "./client.js";
