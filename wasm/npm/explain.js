// What the loaders of `flaghoist/explain` share: the rich call, with the module that is loaded beside the evaluator's.
import { isObject, plainContext } from "./context.js";
import { explain as explainImage } from "./flaghoist_inspector.js";

/**
 * Evaluates a flag as the evaluator does and tells the way: see `Explained` in index.d.ts.
 * @param {import("./index.js").Evaluator | import("./index.js").Client} source
 */
export function explain(source, flagKey, context) {
  const image = source.image?.() ?? source.evaluator?.image() ?? null;
  const key = typeof flagKey === "string" ? flagKey : typeof flagKey;
  if (image === null) {
    return { flagKey: key, reason: "ERROR", errorCode: "PROVIDER_NOT_READY", errorMessage: "there is no bundle yet", steps: [], omitted: 0 };
  }
  return explainImage(image, key, isObject(context) ? plainContext(context) : null, Date.now());
}
