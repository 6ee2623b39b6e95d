// Asks the npm package, and flagd's evaluator where that is meant, what core was asked: `differential.rs` starts it with a
// file of JSON lines {seed, flags, asked: [{context, expected: {flag: details}}]}.
import assert from "node:assert/strict";
import { existsSync, createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

const [mode, file] = process.argv.slice(2);
const part = (name) => process.env[name] ?? assert.fail(`${name} is not set: run \`cargo xtask test\``);

// The entry that reads documents; an older package has one entry for everything.
const entries = ["json-node.js", "node.js"].map((name) => join(part("FLAGHOIST_NPM_DIST"), name));
const { createEvaluator } = await import(pathToFileURL(entries.find(existsSync)).href);
// The moment of `differential.rs`.
Date.now = () => 1_780_000_000_999;

/** What flagd's evaluator answers, in the mode that edge runtimes must use: `{value, variant}`. */
function flagd(document) {
  const { FlagdCore } = createRequire(join(part("FLAGHOIST_NODE_MODULES"), "x.js"))("@openfeature/flagd-core");
  const quiet = { error() {}, warn() {}, info() {}, debug() {} };
  const core = new FlagdCore(undefined, quiet, { disableDynamicCodeGeneration: true });
  core.setConfigurations(document);
  const { flags } = JSON.parse(document);
  return (key, context) => {
    const isBoolean = typeof Object.values(flags[key].variants)[0] === "boolean";
    const { value, variant } = isBoolean
      ? core.resolveBooleanEvaluation(key, false, context)
      : core.resolveStringEvaluation(key, "", context);
    return { value, variant };
  };
}

/** Details as JSON has them: what is absent here is absent there. */
function plain(details) {
  // The versions of the parts are the package's own.
  const { value, metadata, pins: _, ...rest } = details;
  return JSON.parse(JSON.stringify({ ...rest, value, metadata: metadata ?? {} }));
}

let documents = 0;
let evaluations = 0;
let decided = 0;
const differing = [];
for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
  const { seed, flags, asked } = JSON.parse(line);
  const evaluator = createEvaluator(flags);
  const other = mode === "flagd" ? flagd(flags) : undefined;
  for (const { context, expected } of asked) {
    for (const [key, native] of Object.entries(expected)) {
      evaluations += 1;
      decided += native.reason === "SPLIT" || native.reason === "TARGETING_MATCH";
      const tell = (who, found) => differing.push({ who, seed, key, context, native, found, flags });
      const ours = plain(evaluator.details(key, context));
      if (!isDeepStrictEqual(ours, plain(native))) tell("wasm", ours);
      if (other !== undefined && key in JSON.parse(flags).flags) {
        const found = other(key, context);
        // Without a variant it gives the caller's default, and core gives no value.
        const agrees = native.variant === undefined
          ? found.variant === undefined || found.variant === null
          : found.variant === native.variant && isDeepStrictEqual(found.value, native.value);
        if (!agrees) tell("flagd", found);
      }
    }
  }
  documents += 1;
  evaluator.free();
  if (differing.length > 5) break;
}
for (const difference of differing) console.log(JSON.stringify(difference, null, 1));
console.log(`${mode}: ${documents} documents, ${evaluations} evaluations, ${decided} decided by targeting, ${differing.length} differ`);
assert.ok(documents > 0 && decided > 0, "nothing was compared");
process.exitCode = differing.length > 0 ? 1 : 0;
