// OpenFeature's provider for browsers: one context for the whole page, changed by the application.
import { FlaghoistBase, resolution } from "./openfeature.js";

export class FlaghoistWebProvider extends FlaghoistBase {
  runsOn = "client";

  async initialize(context) {
    await super.initialize(context);
  }

  /** Nothing is to be fetched: the flags are here, the next evaluation asks with the new context. */
  onContextChange() {}

  resolveBooleanEvaluation(key, fallback, context) {
    return resolution(this.source.details(key, context, fallback), fallback);
  }

  resolveStringEvaluation(key, fallback, context) {
    return resolution(this.source.details(key, context, fallback), fallback);
  }

  resolveNumberEvaluation(key, fallback, context) {
    return resolution(this.source.details(key, context, fallback), fallback);
  }

  resolveObjectEvaluation(key, fallback, context) {
    return resolution(this.source.details(key, context, fallback), fallback);
  }
}
