// The OpenFeature server SDK over a provider that decides nothing: the SDK's own cost.
import { throughOpenFeature } from "./openfeature.mjs";

const ANSWER = { value: true, reason: "STATIC" };
const provider = {
  metadata: { name: "constant" },
  runsOn: "server",
  resolveBooleanEvaluation: async () => ANSWER,
};

export default throughOpenFeature("a constant answer", () => provider);
