// Evaluation over one bundle. Numbers cross into WebAssembly; values stay here, ready.
import { Rules } from "./flaghoist_wasm.js";
import { INVALID, plainContext, targetingKey } from "./context.js";

const NO_VARIANT = 0xffff;
const TYPES = new Set(["boolean", "string", "number", "object"]);

/**
 * Loads a flagd document.
 * @param {string | object | Uint8Array | ArrayBuffer} document JSON text, its bytes, or the parsed document.
 * @throws {Error} where the document cannot be read at all; the message says what and where.
 */
export function createEvaluator(document) {
  let text = document;
  if (document instanceof ArrayBuffer || ArrayBuffer.isView(document)) {
    text = new TextDecoder("utf-8", { fatal: true }).decode(document);
  } else if (typeof document !== "string") {
    text = JSON.stringify(document) ?? "";
  }
  return new Evaluator(new Rules(text));
}

/** The flags of one bundle, ready to answer. */
export class Evaluator {
  #rules;
  #flags = new Map();
  #attributes;
  #onlyKey;

  constructor(rules) {
    this.#rules = rules;
    const { ledger, revision, attributes, flags } = JSON.parse(rules.tables());
    this.#attributes = attributes;
    this.#onlyKey = attributes?.every((name) => name === "targetingKey") ?? false;
    this.ledger = ledger;
    this.revision = revision;
    flags.forEach((flag, index) => {
      const values = flag.values.map(deepFreeze);
      // A constant flag is asked once, now: its answer holds for every context, even one that cannot be read.
      const packed = flag.constant ? rules.evaluate(index, 0) : -1;
      this.#flags.set(flag.key, { index, names: flag.names, values, packed });
    });
    Object.freeze(this);
  }

  /** Every flag's key. */
  keys() {
    return [...this.#flags.keys()];
  }

  /** A boolean flag's value, or `fallback`. Never throws. */
  boolean(key, context, fallback = false) {
    return this.#value(key, context, fallback, "boolean");
  }

  /** A string flag's value, or `fallback`. Never throws. */
  string(key, context, fallback = "") {
    return this.#value(key, context, fallback, "string");
  }

  /** A number flag's value, or `fallback`. Never throws. */
  number(key, context, fallback = 0) {
    return this.#value(key, context, fallback, "number");
  }

  /** An object flag's value (frozen), or `fallback`. Never throws. */
  object(key, context, fallback = null) {
    return this.#value(key, context, fallback, "object");
  }

  /** The version of an artefact that this context gets, or null where it gets none. */
  artefact(id, context) {
    return this.#value(id, context, null, "string");
  }

  /** The whole answer, loggable: `{flagKey, value, variant?, reason, errorCode?, errorMessage?, metadata}`. */
  details(key, context, fallback) {
    if (this.#rules === null) return failed(key, fallback, "PROVIDER_NOT_READY", "the evaluator was freed");
    if (typeof key !== "string") return failed(key, fallback, "FLAG_NOT_FOUND", "a flag's key is text");
    const flag = this.#flags.get(key);
    const type = fallback === null ? undefined : typeof fallback;
    try {
      if (flag?.packed < 0 && !this.#set(context)) {
        return failed(key, fallback, "INVALID_CONTEXT", "the context is not an object");
      }
      const details = JSON.parse(this.#rules.details(key, TYPES.has(type) ? type : undefined, Date.now()));
      details.metadata ??= {};
      if (!("value" in details)) details.value = fallback;
      return details;
    } catch (error) {
      return failed(key, fallback, "GENERAL", `the evaluation broke off: ${error?.message}`);
    }
  }

  /** Every flag's value for one context: `{key: value}`; flags that leave it to the caller are absent. */
  all(context) {
    return Object.fromEntries(this.#answers(context));
  }

  /** Flags and artefact versions for one context, from this one bundle. */
  snapshot(context) {
    const flags = {};
    const artefacts = {};
    for (const [key, value] of this.#answers(context)) {
      const into = key.includes(":") ? artefacts : flags;
      Object.defineProperty(into, key, { value, enumerable: true });
    }
    return Object.freeze({
      ledger: this.ledger,
      revision: this.revision,
      flags: Object.freeze(flags),
      artefacts: Object.freeze(artefacts),
    });
  }

  /** Releases the WebAssembly memory at once rather than with the garbage. Answers are fallbacks from then on. */
  free() {
    this.#flags.clear();
    this.#rules?.free();
    this.#rules = null;
  }

  #value(key, context, fallback, type) {
    const flag = this.#flags.get(key);
    if (flag === undefined) return fallback;
    let packed = flag.packed;
    if (packed < 0) {
      try {
        if (!this.#set(context)) return fallback;
        packed = this.#rules.evaluate(flag.index, Date.now());
      } catch {
        // A trap would be our fault; it must not become the caller's.
        return fallback;
      }
    }
    const variant = packed & NO_VARIANT;
    if (variant === NO_VARIANT) return fallback;
    const value = flag.values[variant];
    return typeof value === type && value !== null ? value : fallback;
  }

  *#answers(context) {
    let isSet = false;
    try {
      isSet = this.#set(context);
    } catch {
      // As above: constant flags still answer.
    }
    const now = Date.now();
    for (const [key, flag] of this.#flags) {
      let packed = flag.packed;
      if (packed < 0) {
        if (!isSet) continue;
        try {
          packed = this.#rules.evaluate(flag.index, now);
        } catch {
          continue;
        }
      }
      const variant = packed & NO_VARIANT;
      if (variant !== NO_VARIANT) yield [key, flag.values[variant]];
    }
  }

  /** Takes a context across; whether it could be read. */
  #set(context) {
    if (this.#onlyKey) {
      const key = targetingKey(context);
      if (key !== undefined) {
        this.#rules.setKey(key);
        return true;
      }
    }
    const plain = plainContext(context, this.#attributes);
    return plain !== INVALID && this.#rules.setContext(plain);
  }
}

/** An answer that is the caller's fallback; a key that is no text is shown as well as it goes. */
export function failed(key, value, errorCode, errorMessage) {
  const flagKey = typeof key === "object" || typeof key === "function" ? typeof key : String(key);
  return { flagKey, value, reason: "ERROR", errorCode, errorMessage, metadata: {} };
}

function deepFreeze(value) {
  if (value !== null && typeof value === "object") {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
