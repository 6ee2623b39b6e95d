// For edge workers, which forbid compiling WebAssembly from bytes: the module is a static import.
import module from "./flaghoist_wasm_bg.wasm";
import { useMemory } from "./evaluator.js";
import { initSync } from "./flaghoist_wasm.js";

useMemory(initSync({ module }).memory);

export { createEvaluator, Evaluator, Prepared } from "./evaluator.js";
export { Client } from "./client.js";
