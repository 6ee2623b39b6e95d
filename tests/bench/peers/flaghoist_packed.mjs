// Our package answering all flags as numbers, which leaves their meaning to whoever reads them.
import { flaghoist } from "./flaghoist.mjs";

export default await flaghoist({
  name: "flaghoist, packed answers",
  format: "image",
  evaluationOnly: true,
  bulkOnly: true,
  all: (evaluator, user) => evaluator.packed(user),
});
