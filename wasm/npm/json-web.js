// `flaghoist/json` for browsers and Deno: documents too, not only images.
import { compilerOf } from "./compiler.js";
import { useCompiler } from "./evaluator.js";

const response = await fetch(new URL("./flaghoist_compiler_bg.wasm", import.meta.url));
const module = new WebAssembly.Module(await response.arrayBuffer());

export const compile = compilerOf(module);
useCompiler(compile);

export * from "./web.js";
