// The OpenFeature server SDK over flagd-core's interpreter.
import { throughOpenFeature } from "./openfeature.mjs";
import peer from "./flagd_interpreter.mjs";

function provider(source) {
  const core = peer.load(source);
  return {
    metadata: { name: "flagd-core" },
    runsOn: "server",
    resolveBooleanEvaluation: async (key, fallback, context) => core.resolveBooleanEvaluation(key, fallback, context),
  };
}

export default throughOpenFeature("flagd-core, interpreter", provider);
