// OpenFeature's provider for servers and edge workers: a context with each call.
import { FlaghoistBase, resolution } from "./openfeature.js";

export class FlaghoistProvider extends FlaghoistBase {
  runsOn = "server";

  async resolveBooleanEvaluation(key, fallback, context) {
    return resolution(this.source.details(key, context, fallback), fallback);
  }

  async resolveStringEvaluation(key, fallback, context) {
    return resolution(this.source.details(key, context, fallback), fallback);
  }

  async resolveNumberEvaluation(key, fallback, context) {
    return resolution(this.source.details(key, context, fallback), fallback);
  }

  async resolveObjectEvaluation(key, fallback, context) {
    return resolution(this.source.details(key, context, fallback), fallback);
  }
}
