// `flaghoist/explain` for edge workers.
import module from "./flaghoist_inspector_bg.wasm";
import { initSync } from "./flaghoist_inspector.js";

initSync({ module });

export { explain } from "./explain.js";
