// `flaghoist/explain` for Node and Bun.
import { readFileSync } from "node:fs";
import { initSync } from "./flaghoist_inspector.js";

initSync({ module: readFileSync(new URL("./flaghoist_inspector_bg.wasm", import.meta.url)) });

export { explain } from "./explain.js";
