// Our package loaded from an image, a context per call: what an edge worker does.
import { flaghoist } from "./flaghoist.mjs";

export default await flaghoist({ name: "flaghoist, image", format: "image" });
