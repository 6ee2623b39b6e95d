// Our package loaded from a flagd document, a context per call.
import { flaghoist } from "./flaghoist.mjs";

export default await flaghoist({ name: "flaghoist, JSON document", format: "flagd" });
