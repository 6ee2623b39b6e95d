// What every way of asking our own package shares.
import { entry, openFeatureContext, versionOf } from "./shared.mjs";

/** An adapter of our package; `given` says what is special about it. */
export async function flaghoist(given) {
  const { createEvaluator } = await entry(given.format === "image" ? "image" : "json");
  return {
    version: versionOf("flaghoist"),
    user: openFeatureContext,
    load: (source) => createEvaluator(source),
    unload: (evaluator) => evaluator.free(),
    boolean: (evaluator, key, user) => evaluator.boolean(key, user, false),
    all: (evaluator, user) => evaluator.all(user),
    memory: (evaluator) => evaluator.memory ?? 0,
    ...given,
  };
}
