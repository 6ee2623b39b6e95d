// `flaghoist/json` for edge workers: documents too, not only images.
import module from "./flaghoist_compiler_bg.wasm";
import { compilerOf } from "./compiler.js";
import { useCompiler } from "./evaluator.js";

export const compile = compilerOf(module);
useCompiler(compile);

export * from "./worker.js";
