// From whatever a caller passes to plain data that can cross into WebAssembly. Nothing here throws.

const DEPTH_MAX = 16;
const ITEMS_MAX = 10_000;

/** Marks a context that is not an object: the evaluation answers INVALID_CONTEXT. */
export const INVALID = Symbol("invalid context");

/**
 * The attributes of a context that some flag can read (null: any), as plain data; `INVALID` where it is no object.
 * Functions, symbols and what is nested too deep or in a circle are left out; BigInts become numbers or text, dates
 * their ISO text, NaN and infinities null, lone surrogates U+FFFD.
 */
export function plainContext(context, attributes) {
  if (context === undefined || context === null) return {};
  if (typeof context !== "object" || isList(context)) return INVALID;
  const budget = { left: ITEMS_MAX };
  const plain = {};
  for (const name of attributes ?? names(context)) {
    const value = plainValue(read(context, name), DEPTH_MAX, budget);
    if (value !== undefined) define(plain, name, value);
  }
  return plain;
}

/** The subject of a context, where it is text. */
export function targetingKey(context) {
  if (context === undefined || context === null || typeof context !== "object") return undefined;
  const key = read(context, "targetingKey");
  return typeof key === "string" ? wellFormed(key) : undefined;
}

function isList(object) {
  try {
    return Array.isArray(object);
  } catch {
    // A revoked proxy: nothing can be read of it.
    return true;
  }
}

function names(object) {
  try {
    return Object.keys(object);
  } catch {
    return [];
  }
}

function read(object, name) {
  try {
    // Only what the caller put there: never what every object inherits.
    return Object.hasOwn(object, name) ? object[name] : undefined;
  } catch {
    return undefined;
  }
}

function plainValue(value, depth, budget) {
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
    for (const name of names(value)) {
      const item = plainValue(read(value, name), depth - 1, budget);
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

function wellFormed(text) {
  return typeof text.toWellFormed === "function" ? text.toWellFormed() : text;
}
