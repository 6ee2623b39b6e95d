// Evaluation over one bundle. Numbers cross into WebAssembly; values stay here, ready.
import { Rules } from "./flaghoist_wasm.js";
import { encoded, isObject, own, plainContext, plainValue, subject, wellFormed } from "./context.js";

const NO_VARIANT = 0xffff;
const REASONS = ["STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "STALE", "CACHED", "ERROR"];
const ERRORS = ["", "FLAG_NOT_FOUND", "PARSE_ERROR", "TYPE_MISMATCH", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"];
const TYPES = new Set(["boolean", "string", "number", "object"]);
/** The answers of an evaluation that could not be made, packed as those of one that could. */
const failure = (code) => (NO_VARIANT | (7 << 16) | (ERRORS.indexOf(code) << 24)) >>> 0;
const INVALID_CONTEXT = failure("INVALID_CONTEXT");
const GENERAL = failure("GENERAL");
const IMAGE_MAGIC = [0x46, 0x48, 0x53, 0x54];

let memory;
let compiler = null;

/** The loaders tell the module's memory once. */
export function useMemory(its) {
  memory = its;
}

/** `flaghoist/json` tells how a document becomes an image. */
export function useCompiler(compile) {
  compiler = compile;
}

/** Whether documents can be read, not only images. */
export const hasCompiler = () => compiler !== null;

/** The format of images that this build reads. */
export const imageFormat = () => Rules.format();

/**
 * Loads an image; where `flaghoist/json` is loaded, a flagd document too: its text, its bytes or the parsed object.
 * @throws {Error} where it cannot be read at all; the message says what and where.
 */
export function createEvaluator(source) {
  const bytes = bytesOf(source);
  if (bytes !== null && isImage(bytes)) return new Evaluator(new Rules(bytes));
  if (compiler !== null) return new Evaluator(new Rules(compiler(bytes ?? source)));
  if (bytes !== null) return new Evaluator(new Rules(bytes)); // says that it is no image
  throw new Error("flaghoist: this entry reads compiled images; import from `flaghoist/json` to read documents");
}

function bytesOf(source) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : null;
}

const isImage = (bytes) => IMAGE_MAGIC.every((byte, index) => bytes[index] === byte);

// What `Prepared` may ask of its evaluator, and nobody else.
let valueOf, packedOf, detailsOf, entriesOf;

/** The flags of one bundle, ready to answer. */
export class Evaluator {
  #rules;
  #set;
  /** Key → flag, of those asked for so far; a key there is no flag for is not kept. */
  #flags = new Map();
  #tables = new Map();
  #all = null;
  /** The prepared context that the rules hold now. */
  #told = null;
  /** What each slot was told last, where that is no list or object: what has not changed does not cross again. */
  #last;
  #scratch;
  #bytes = new Uint8Array(0);

  static {
    valueOf = (evaluator, key, prepared, fallback, type) => evaluator.#value(key, prepared, fallback, type, true);
    packedOf = (evaluator, prepared) => evaluator.#packedAll(prepared);
    detailsOf = (evaluator, key, prepared, fallback) => evaluator.#details(key, prepared, fallback, true);
    entriesOf = (evaluator, prepared) => evaluator.#entries(prepared);
  }

  constructor(rules) {
    this.#rules = rules;
    this.#set = JSON.parse(rules.set());
    this.#scratch = rules.scratch;
    this.#last = new Array(this.#set.attributes.length).fill(undefined);
    this.ledger = this.#set.ledger;
    this.revision = this.#set.revision;
    Object.freeze(this);
  }

  /** Every flag's key, in the order of `packed`. */
  keys() {
    return this.#list().map((flag) => flag.key);
  }

  /** A boolean flag's value, or `fallback`. Never throws. */
  boolean(key, context, fallback = false) {
    return this.#value(key, context, fallback, "boolean", false);
  }

  /** A string flag's value, or `fallback`. Never throws. */
  string(key, context, fallback = "") {
    return this.#value(key, context, fallback, "string", false);
  }

  /** A number flag's value, or `fallback`. Never throws. */
  number(key, context, fallback = 0) {
    return this.#value(key, context, fallback, "number", false);
  }

  /** An object flag's value (frozen), or `fallback`. Never throws. */
  object(key, context, fallback = null) {
    return this.#value(key, context, fallback, "object", false);
  }

  /** The version of an artefact that this context gets, or null where it gets none. */
  artefact(id, context) {
    return this.#value(id, context, null, "string", false);
  }

  /** The whole answer, loggable: see `Details` in index.d.ts. */
  details(key, context, fallback) {
    return this.#details(key, context, fallback, false);
  }

  /** A context read once, to ask many flags about: what it holds now is what they see. */
  prepare(context) {
    return new Prepared(this, this.#read(context));
  }

  /** Every flag's value for one context: `{key: value}`; flags that leave it to the caller are absent. */
  all(context) {
    return this.prepare(context).all();
  }

  /** Every flag's answer for one context as numbers, in the order of `keys()`. */
  packed(context) {
    return this.prepare(context).packed();
  }

  /** What a number of `packed` says of a flag: `{flagKey, value, variant?, reason, errorCode?}`. */
  unpack(index, packed) {
    const flag = this.#list()[index];
    return flag === undefined ? failed(index, undefined, "FLAG_NOT_FOUND", "there is no such flag") : answer(flag, packed);
  }

  /** Flags and artefact versions for one context, from this one bundle. */
  snapshot(context) {
    return this.prepare(context).snapshot();
  }

  /** Bytes of the WebAssembly memory, which all evaluators of the page or process share. */
  get memory() {
    return memory.buffer.byteLength;
  }

  /** The image this evaluator answers from: what to keep, and to load again. Null when freed. */
  image() {
    return this.#rules?.image() ?? null;
  }

  /** Releases the WebAssembly memory at once rather than with the garbage. Answers are fallbacks from then on. */
  free() {
    this.#flags.clear();
    this.#tables.clear();
    this.#all = null;
    this.#rules?.free();
    this.#rules = null;
  }

  #value(key, context, fallback, type, isPrepared) {
    const flag = this.#flags.get(key) ?? this.#open(key);
    if (flag === null) return fallback;
    const packed = flag.packed < 0 ? this.#ask(flag, context, isPrepared) : flag.packed;
    const variant = packed & NO_VARIANT;
    if (variant === NO_VARIANT) return fallback;
    const value = flag.values[variant];
    return typeof value === type && value !== null ? value : fallback;
  }

  /** Looks a flag up for the first time. */
  #open(key) {
    if (typeof key !== "string" || this.#rules === null) return null;
    const index = this.#rules.find(key);
    return index < 0 ? null : this.#flag(key, index);
  }

  #flag(key, index) {
    const { table, constant, slots, everything, now, metadata } = JSON.parse(this.#rules.flag(index));
    const { names, values } = this.#table(table, index);
    const onlyKey = slots.length === 1 && slots[0] === 0 && !everything && !now;
    const flag = { key, index, names, values, slots, everything, now, onlyKey, metadata, packed: -1 };
    // A constant flag is asked once, now: its answer holds for every context, even one that cannot be read.
    if (constant) flag.packed = this.#rules.evaluate(index, 0);
    this.#flags.set(key, flag);
    return flag;
  }

  /** Names and values of a flag's variants; equal ones of one bundle are one. */
  #table(place, index) {
    let table = this.#tables.get(place);
    if (table === undefined) {
      table = JSON.parse(this.#rules.variants(index));
      table.values.forEach(deepFreeze);
      if (place >= 0) this.#tables.set(place, table);
    }
    return table;
  }

  /** Every flag, in the order of indices. */
  #list() {
    if (this.#rules === null) return [];
    this.#all ??= JSON.parse(this.#rules.keys(0, this.#rules.length)).map(
      (key, index) => this.#flags.get(key) ?? this.#flag(key, index),
    );
    return this.#all;
  }

  #ask(flag, context, isPrepared) {
    try {
      if (isPrepared) {
        if (this.#told !== context) this.#tellAll(context);
        if (!context.isObject) return INVALID_CONTEXT;
        return this.#rules.evaluate(flag.index, flag.now ? Date.now() : 0);
      }
      if (flag.onlyKey) {
        const key = subject(context);
        const length = typeof key === "string" ? this.#write(key) : -1;
        if (length >= 0) return this.#rules.evaluateWritten(flag.index, length, 0);
      }
      if (!isObject(context)) return INVALID_CONTEXT;
      this.#told = null;
      if (flag.everything) this.#tellWhole(encoded(plainContext(context)));
      else for (const slot of flag.slots) this.#tell(slot, own(context, this.#set.attributes[slot]));
      return this.#rules.evaluate(flag.index, flag.now ? Date.now() : 0);
    } catch {
      // A trap would be our fault; it must not become the caller's.
      this.#last.fill(UNKNOWN);
      return GENERAL;
    }
  }

  /** Reads what any flag may ask of a context. */
  #read(context) {
    if (!isObject(context)) return { isObject: false, values: [], whole: null };
    if (this.#set.everything) return { isObject: true, values: [], whole: encoded(plainContext(context)) };
    const values = this.#set.attributes.map((name) => {
      const value = own(context, name);
      return typeof value === "string" ? value : plainValue(value);
    });
    return { isObject: true, values, whole: null };
  }

  #tellAll(prepared) {
    this.#told = null;
    if (prepared.whole !== null) this.#tellWhole(prepared.whole);
    else for (let slot = 0; slot < prepared.values.length; slot++) this.#tell(slot, prepared.values[slot]);
    this.#told = prepared;
  }

  #tellWhole(bytes) {
    this.#last.fill(UNKNOWN);
    this.#rules.setContext(bytes);
  }

  #tell(slot, value) {
    if (value === this.#last[slot]) return;
    this.#last[slot] = typeof value === "object" && value !== null ? UNKNOWN : value;
    switch (typeof value) {
      case "string": {
        const length = this.#write(value);
        if (length >= 0) this.#rules.setWritten(slot, length);
        else this.#rules.setText(slot, wellFormed(value));
        return;
      }
      case "number":
        if (Number.isFinite(value)) this.#rules.setNumber(slot, value);
        else this.#rules.setNull(slot);
        return;
      case "boolean":
        this.#rules.setBoolean(slot, value);
        return;
      default: {
        const plain = plainValue(value);
        if (plain === undefined || plain === null) this.#rules.setNull(slot);
        else if (typeof plain === "object") this.#rules.setNested(slot, encoded(plain));
        else this.#tell(slot, plain);
      }
    }
  }

  /** Writes a short ASCII text to the scratch memory; its length, or -1. */
  #write(text) {
    const { length } = text;
    if (length > SCRATCH) return -1;
    // The memory that grew is another.
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(memory.buffer, this.#scratch, SCRATCH);
    const bytes = this.#bytes;
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) return -1;
      bytes[at] = code;
    }
    return length;
  }

  #packedAll(prepared) {
    if (this.#rules === null) return new Uint32Array(0);
    try {
      if (this.#told !== prepared) this.#tellAll(prepared);
      const place = this.#rules.evaluateAll(Date.now());
      const packed = new Uint32Array(memory.buffer, place, this.#rules.length).slice();
      return prepared.isObject ? packed : packed.map((one, index) => (this.#list()[index].packed < 0 ? INVALID_CONTEXT : one));
    } catch {
      return new Uint32Array(this.#rules.length).fill(GENERAL);
    }
  }

  /** Calls back with key and value of every flag that has one. */
  #entries(prepared) {
    const flags = this.#list();
    const packed = this.#packedAll(prepared);
    return (take) => {
      for (let index = 0; index < flags.length; index++) {
        const variant = packed[index] & NO_VARIANT;
        if (variant !== NO_VARIANT) take(flags[index].key, flags[index].values[variant]);
      }
    };
  }

  #details(key, context, fallback, isPrepared) {
    if (this.#rules === null) return failed(key, fallback, "PROVIDER_NOT_READY", "the evaluator was freed");
    const flag = this.#flags.get(key) ?? this.#open(key);
    if (flag === null) return failed(key, fallback, "FLAG_NOT_FOUND", "there is no such flag", this.#set.metadata);
    const packed = flag.packed < 0 ? this.#ask(flag, context, isPrepared) : flag.packed;
    const details = answer(flag, packed);
    details.metadata = { ...this.#set.metadata, ...flag.metadata };
    if (details.errorCode !== undefined) {
      details.value = fallback;
      details.errorMessage = this.#message(flag, packed, context, isPrepared);
      return details;
    }
    if (!("value" in details)) details.value = fallback;
    else if (!isOfType(details.value, fallback)) return mismatch(details, fallback);
    const { artefacts } = flag.metadata;
    if (typeof artefacts === "string") details.pins = this.#pins(artefacts.split(","), context, isPrepared);
    return details;
  }

  /** The versions that the parts of a feature have for this context. */
  #pins(artefacts, context, isPrepared) {
    const pins = {};
    for (const id of artefacts) {
      const version = this.#value(id, context, null, "string", isPrepared);
      if (version !== null) pins[id] = version;
    }
    return pins;
  }

  #message(flag, packed, context, isPrepared) {
    if (packed === INVALID_CONTEXT) return "the context is not an object";
    try {
      if (!isPrepared && flag.onlyKey) {
        // The subject was asked about without being told: see `#ask`.
        this.#told = null;
        this.#tell(0, own(context, "targetingKey"));
      }
      return this.#rules.message(flag.index, flag.now ? Date.now() : 0) ?? "the evaluation broke off";
    } catch {
      return "the evaluation broke off";
    }
  }
}

const SCRATCH = 256;
/** In place of what was told last, where it is not known or can change inside. */
const UNKNOWN = Symbol("unknown");

/** One context of one evaluator, read once. */
export class Prepared {
  #evaluator;
  #read;

  constructor(evaluator, read) {
    this.#evaluator = evaluator;
    this.#read = read;
  }

  boolean(key, fallback = false) {
    return valueOf(this.#evaluator, key, this.#read, fallback, "boolean");
  }

  string(key, fallback = "") {
    return valueOf(this.#evaluator, key, this.#read, fallback, "string");
  }

  number(key, fallback = 0) {
    return valueOf(this.#evaluator, key, this.#read, fallback, "number");
  }

  object(key, fallback = null) {
    return valueOf(this.#evaluator, key, this.#read, fallback, "object");
  }

  artefact(id) {
    return valueOf(this.#evaluator, id, this.#read, null, "string");
  }

  details(key, fallback) {
    return detailsOf(this.#evaluator, key, this.#read, fallback);
  }

  packed() {
    return packedOf(this.#evaluator, this.#read);
  }

  all() {
    const values = {};
    entriesOf(this.#evaluator, this.#read)((key, value) => {
      if (key === "__proto__") Object.defineProperty(values, key, { value, enumerable: true, configurable: true, writable: true });
      else values[key] = value;
    });
    return values;
  }

  snapshot() {
    const flags = {};
    const artefacts = {};
    entriesOf(this.#evaluator, this.#read)((key, value) => {
      Object.defineProperty(key.includes(":") ? artefacts : flags, key, { value, enumerable: true });
    });
    return Object.freeze({
      ledger: this.#evaluator.ledger,
      revision: this.#evaluator.revision,
      flags: Object.freeze(flags),
      artefacts: Object.freeze(artefacts),
    });
  }
}

/** What a packed number says. */
function answer(flag, packed) {
  const details = { flagKey: flag.key };
  const variant = packed & NO_VARIANT;
  if (variant !== NO_VARIANT) {
    details.value = flag.values[variant];
    details.variant = flag.names[variant];
  }
  details.reason = REASONS[(packed >>> 16) & 0xff] ?? "UNKNOWN";
  const code = packed >>> 24;
  if (code !== 0) details.errorCode = ERRORS[code] ?? "GENERAL";
  return details;
}

function isOfType(value, fallback) {
  const type = fallback === null ? "" : typeof fallback;
  return !TYPES.has(type) || (typeof value === type && value !== null);
}

function mismatch(details, fallback) {
  const { value } = details;
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const { flagKey, metadata } = details;
  const errorMessage = `the value is of type ${type}, not ${typeof fallback}`;
  return { flagKey, value: fallback, reason: "ERROR", errorCode: "TYPE_MISMATCH", errorMessage, metadata };
}

/** An answer that is the caller's fallback; a key that is no text is shown as well as it goes. */
export function failed(key, value, errorCode, errorMessage, metadata = {}) {
  const flagKey = typeof key === "object" || typeof key === "function" ? typeof key : String(key);
  return { flagKey, value, reason: "ERROR", errorCode, errorMessage, metadata: { ...metadata } };
}

function deepFreeze(value) {
  if (value !== null && typeof value === "object") {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
