// What both modes of flagd-core share: flagd's own evaluator for JavaScript.
import { FlagdCore } from "@openfeature/flagd-core";
import { openFeatureContext, versionOf } from "./shared.mjs";

const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** An adapter of flagd-core with these options. */
export function flagd(name, options) {
  return {
    name,
    version: versionOf("@openfeature/flagd-core"),
    format: "flagd",
    user: openFeatureContext,
    load(document) {
      const core = new FlagdCore(undefined, silent, options);
      core.setConfigurations(document);
      return core;
    },
    boolean: (core, key, user) => core.resolveBooleanEvaluation(key, false, user, silent).value,
    all: (core, user) => core.resolveAll(user, silent),
  };
}
