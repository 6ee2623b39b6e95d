// `flaghoist/json` for Node and Bun: documents too, not only images.
import { readFileSync } from "node:fs";
import { compilerOf } from "./compiler.js";
import { useCompiler } from "./evaluator.js";

const module = new WebAssembly.Module(readFileSync(new URL("./flaghoist_compiler_bg.wasm", import.meta.url)));

export const compile = compilerOf(module);
useCompiler(compile);

export * from "./node.js";
