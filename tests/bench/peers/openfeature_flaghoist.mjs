// The OpenFeature server SDK over our own provider, or over a plain wrapper where the build brings none.
import { throughOpenFeature } from "./openfeature.mjs";
import { entry, ours } from "./shared.mjs";

async function provider(source) {
  const { createEvaluator } = await entry("json");
  const evaluator = createEvaluator(source);
  const url = ours("openfeature-server.js");
  if (url !== null) return new (await import(url)).FlaghoistProvider(evaluator);
  return {
    metadata: { name: "flaghoist" },
    runsOn: "server",
    resolveBooleanEvaluation: async (key, fallback, context) => evaluator.details(key, context, fallback),
  };
}

export default throughOpenFeature("flaghoist", provider);
