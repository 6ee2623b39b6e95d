// `flaghoist/explain` for browsers and Deno.
import init from "./flaghoist_inspector.js";

await init({ module_or_path: new URL("./flaghoist_inspector_bg.wasm", import.meta.url) });

export { explain } from "./explain.js";
