// Our package loaded from an image, a context read once and asked often: one request that asks many flags.
import { flaghoist } from "./flaghoist.mjs";

export default await flaghoist({
  name: "flaghoist, prepared context",
  format: "image",
  evaluationOnly: true,
  prepare: (evaluator, user) => evaluator.prepare(user),
  boolean: (_, key, prepared) => prepared.boolean(key, false),
  all: (_, prepared) => prepared.all(),
});
