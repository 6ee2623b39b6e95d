// From whatever a caller passes to plain data that can cross into WebAssembly. Nothing here throws.

const DEPTH_MAX = 16;
const ITEMS_MAX = 10_000;

/** Whether a context can be asked about: an object that is no list; nothing counts as an empty one. */
export function isObject(context) {
  if (context === undefined || context === null) return true;
  return typeof context === "object" && !isList(context);
}

function isList(object) {
  try {
    return Array.isArray(object);
  } catch {
    // A revoked proxy: nothing can be read of it.
    return true;
  }
}

/** An attribute the caller put there: never what every object inherits. */
export function own(context, name) {
  try {
    return context != null && Object.hasOwn(context, name) ? context[name] : undefined;
  } catch {
    return undefined;
  }
}

/** The subject of a context, the hot path: its own `targetingKey`, read without asking whose it is where that is known. */
export function subject(context) {
  if (typeof context !== "object" || context === null) return undefined;
  const isPlain = Object.getPrototypeOf(context) === Object.prototype && !("targetingKey" in Object.prototype);
  return isPlain ? context.targetingKey : own(context, "targetingKey");
}

/**
 * All attributes of a context as plain data. Functions, symbols and what is nested too deep or in a circle are left out;
 * BigInts become numbers or text, dates their ISO text, NaN and infinities null, lone surrogates U+FFFD.
 */
export function plainContext(context) {
  return plainValue(context ?? {}, DEPTH_MAX + 1) ?? {};
}

/** A value as plain data; undefined where nothing of it can cross. */
export function plainValue(value, depth = DEPTH_MAX, budget = { left: ITEMS_MAX }) {
  if (budget.left-- <= 0) return undefined;
  switch (typeof value) {
    case "string":
      return wellFormed(value);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    case "object":
      return value === null ? null : plainObject(value, depth, budget);
    default:
      return undefined;
  }
}

function plainObject(value, depth, budget) {
  if (depth <= 0) return undefined;
  try {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (Array.isArray(value)) {
      return Array.from(value.slice(0, ITEMS_MAX), (item) => plainValue(item, depth - 1, budget) ?? null);
    }
    const plain = {};
    for (const name of Object.keys(value)) {
      const item = plainValue(own(value, name), depth - 1, budget);
      if (item !== undefined) define(plain, wellFormed(name), item);
    }
    return plain;
  } catch {
    // A proxy or a getter that throws: as if it were not there.
    return undefined;
  }
}

/** Sets a property even where its name is `__proto__`. */
function define(object, name, value) {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

export function wellFormed(text) {
  return typeof text.toWellFormed === "function" ? text.toWellFormed() : text;
}

const encoder = new TextEncoder();

/** Plain data as the bytes that cross: see `wasm/src/nested.rs`. */
export function encoded(plain) {
  const out = { bytes: new Uint8Array(256), length: 0 };
  encode(plain, out);
  return out.bytes.subarray(0, out.length);
}

function encode(value, out) {
  if (value === null || typeof value === "boolean") return void put(out, value === null ? 0 : value ? 2 : 1);
  if (typeof value === "number") {
    put(out, 3);
    const place = grow(out, 8);
    new DataView(out.bytes.buffer).setFloat64(place, value, true);
  } else if (typeof value === "string") {
    put(out, 4);
    text(value, out);
  } else if (Array.isArray(value)) {
    put(out, 5);
    count(value.length, out);
    for (const item of value) encode(item, out);
  } else {
    const entries = Object.entries(value);
    put(out, 6);
    count(entries.length, out);
    for (const [name, item] of entries) {
      text(name, out);
      encode(item, out);
    }
  }
}

function text(value, out) {
  const bytes = encoder.encode(value);
  count(bytes.length, out);
  const place = grow(out, bytes.length);
  out.bytes.set(bytes, place);
}

function count(number, out) {
  const place = grow(out, 4);
  new DataView(out.bytes.buffer).setUint32(place, number, true);
}

function put(out, byte) {
  const place = grow(out, 1);
  out.bytes[place] = byte;
}

/** Makes room for so many bytes; where. */
function grow(out, size) {
  const place = out.length;
  out.length += size;
  if (out.length > out.bytes.length) {
    const larger = new Uint8Array(Math.max(out.length, out.bytes.length * 2));
    larger.set(out.bytes);
    out.bytes = larger;
  }
  return place;
}
