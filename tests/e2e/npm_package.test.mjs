// The npm package's evaluator by itself: every type, and what it answers to hostile input.
import assert from "node:assert/strict";
import { test } from "node:test";
import { npmPackage } from "./support.mjs";

const { createEvaluator } = await npmPackage();

const DOCUMENT = {
  metadata: { flagSetId: "test" },
  flags: {
    on: flag({ yes: true, no: false }, "yes"),
    text: flag({ hi: "Hi", moin: "Moin" }, "hi", { if: [{ "==": [{ var: "city" }, "Hamburg"] }, "moin", null] }),
    count: flag({ few: 1.5, many: 100 }, "many"),
    thing: flag({ a: { nested: [1, { deep: true }] } }, "a"),
    none: flag({ a: "a" }, undefined),
    off: { ...flag({ a: true }, "a"), state: "DISABLED" },
    broken: flag({ a: true }, "a", { frobnicate: [1] }),
    deep: flag({ yes: true, no: false }, "no", { if: [{ "==": [{ var: "user.plan" }, "gold"] }, "yes", null] }),
    computed: flag({ yes: true, no: false }, "no", { if: [{ "==": [{ var: { cat: ["us", "er"] } }, "x"] }, "yes", null] }),
    key: flag({ yes: true, no: false }, "no", { fractional: [["yes", 50], ["no", 50]] }),
  },
};

function flag(variants, defaultVariant, targeting) {
  return { state: "ENABLED", variants, defaultVariant, targeting };
}

test("every type, and the caller's fallback where there is nothing of it", () => {
  const flags = createEvaluator(DOCUMENT);
  assert.equal(flags.boolean("on", {}, false), true);
  assert.equal(flags.string("text", { city: "Hamburg" }), "Moin");
  assert.equal(flags.string("text", {}), "Hi");
  assert.equal(flags.number("count", {}), 100);
  assert.deepEqual(flags.object("thing", {}), { nested: [1, { deep: true }] });
  assert.throws(() => (flags.object("thing").nested[1].deep = false), TypeError, "values are shared, so they are frozen");
  assert.equal(flags.string("on", {}, "fallback"), "fallback", "another type");
  assert.equal(flags.boolean("nothing", {}, true), true);
  assert.equal(flags.string("none", {}, "mine"), "mine");
  assert.equal(flags.boolean("off", {}, false), false);
  assert.equal(flags.boolean("broken", {}, true), true, "one bad flag fails alone");
  const details = (key, fallback) => {
    const { reason, errorCode, variant } = flags.details(key, {}, fallback);
    return [reason, errorCode, variant];
  };
  assert.deepEqual(details("on", true), ["STATIC", undefined, "yes"]);
  assert.deepEqual(details("on", "text"), ["ERROR", "TYPE_MISMATCH", undefined]);
  assert.deepEqual(details("off", true), ["DISABLED", undefined, undefined]);
  assert.deepEqual(details("broken", true), ["ERROR", "PARSE_ERROR", undefined]);
  assert.deepEqual(details("nothing", true), ["ERROR", "FLAG_NOT_FOUND", undefined]);
  assert.equal(flags.details("none", {}, "mine").value, "mine");
});

function revoked(target = {}) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

test("hostile contexts and keys get an answer, never an exception", () => {
  const flags = createEvaluator(DOCUMENT);
  const circle = {};
  circle.circle = circle;
  let nested = {};
  for (let depth = 0; depth < 10_000; depth++) nested = { nested };
  const throwing = new Proxy({}, { get() { throw new Error("no"); }, ownKeys() { throw new Error("no"); }, getOwnPropertyDescriptor() { throw new Error("no"); } });
  const values = [
    10n, 2n ** 80n, new Date(NaN), new Date(0), NaN, Infinity, -0, () => 1, Symbol("s"), circle, nested, throwing,
    revoked(), revoked([]), "\ud800", "x".repeat(1_000_000), new Map([[1, 2]]), new Uint8Array(3), [circle], Object.create(null), null, undefined,
    { get plan() { throw new Error("no"); } }, { __proto__: { plan: "gold" } }, JSON.parse('{"__proto__": {"plan": "gold"}}'),
  ];
  for (const value of values) {
    for (const context of [value, { city: value }, { user: value }, { targetingKey: value }, { [String(typeof value)]: value }]) {
      for (const key of flags.keys()) {
        const details = flags.details(key, context, true);
        assert.equal(typeof details.reason, "string");
        assert.equal(flags.boolean(key, context, true), details.value, `${key}: both calls give the same`);
      }
      flags.all(context);
      flags.snapshot(context);
    }
  }
  assert.equal(flags.boolean("deep", { user: { plan: "gold" } }), true);
  assert.equal(flags.boolean("computed", { user: "x" }), true, "a name that a rule computes");
  const { computed, ...named } = DOCUMENT.flags;
  const narrow = createEvaluator({ flags: named });
  assert.equal(narrow.boolean("deep", { user: { plan: "gold" }, other: 1 }), true, "only what is read crosses");
  assert.equal(flags.boolean("deep", { user: Object.create({ plan: "gold" }) }), false, "only what the caller put there");
  assert.equal(flags.details("key", { targetingKey: 5 }, true).reason, "DEFAULT", "a key that is no text is no key");
  const throws = { toString() { throw new Error("no"); } };
  for (const key of ["__proto__", "constructor", "toString", "", "\ud800", undefined, null, 5, {}, Object.create(null), throws, Symbol("s"), revoked()]) {
    assert.equal(flags.boolean(key, {}, true), true);
    assert.equal(flags.details(key, {}, true).errorCode, "FLAG_NOT_FOUND");
  }
  for (const context of [5, "user-1", [], () => 1, revoked()]) {
    assert.deepEqual([flags.boolean("on", context, false), flags.details("on", context, false).value], [true, true], "a constant needs no context");
    assert.deepEqual([flags.boolean("deep", context, true), flags.details("deep", context, true).errorCode], [true, "INVALID_CONTEXT"]);
    assert.equal(flags.all(context).on, true);
  }
});

test("exotic values in a document stay what JSON makes of them, and one bad flag fails alone", () => {
  const values = {
    unsafe: "9007199254740993", least: "-9223372036854775808", u64: "18446744073709551615", nested: '{"a":[9007199254740993]}',
    tiny: "5e-324", negative: "-0.0", proto: '{"__proto__":{"polluted":true},"constructor":1}', text: '"\\ud83d\\ude00 \\u0000"',
  };
  const written = Object.entries(values).map(
    ([key, value]) => `"${key}":{"state":"ENABLED","variants":{"x":${value}},"defaultVariant":"x","metadata":{"large":9007199254740993}}`,
  );
  const many = (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${index}`, index]));
  written.push(`"most":${JSON.stringify(flag(many(65_534), "v65533"))}`, `"over":${JSON.stringify(flag(many(65_535), "v65534"))}`);
  const flags = createEvaluator(`{"flags":{${written}}}`);
  for (const [key, value] of Object.entries(values)) {
    const details = flags.details(key, {}, null);
    assert.deepEqual(details.value, JSON.parse(value), key);
    assert.deepEqual(flags.all({})[key], JSON.parse(value), key);
    assert.equal(details.metadata.large, 9007199254740992);
  }
  assert.ok(Object.hasOwn(flags.object("proto", {}, {}), "__proto__"), "a name like others");
  assert.equal({}.polluted, undefined);
  assert.equal(flags.object("proto", {}, {}).polluted, undefined);
  assert.equal(flags.number("most", {}, -1), 65_533);
  assert.deepEqual([flags.number("over", {}, -1), flags.details("over", {}, -1).reason], [-1, "ERROR"]);
});

test("a freed evaluator gives fallbacks", () => {
  const flags = createEvaluator(DOCUMENT);
  flags.free();
  flags.free();
  assert.equal(flags.boolean("on", {}, false), false);
  assert.equal(flags.details("on", {}, false).errorCode, "PROVIDER_NOT_READY");
  assert.deepEqual(flags.all({}), {});
  assert.deepEqual(flags.snapshot({}).flags, {});
});

test("documents that cannot be read are refused with a reason", () => {
  for (const bad of ["", "{", "[]", "null", '{"flags": 1}', "x".repeat(100), "[".repeat(100_000), " ".repeat(8 * 1024 * 1024) + "{}", '{"flags":{"a":{"state":"ENABLED","variants":{"x":1},"defaultVariant":"y"}}}']) {
    assert.throws(() => createEvaluator(bad), (error) => error instanceof Error && error.message.length > 5, bad.slice(0, 40));
  }
  const bytes = new TextEncoder().encode(JSON.stringify(DOCUMENT));
  assert.equal(createEvaluator(bytes).boolean("on"), true);
  assert.equal(createEvaluator(bytes.buffer).boolean("on"), true);
});

test("a message is about the context that was asked about, not about one before", () => {
  const flags = createEvaluator({ flags: { names: { state: "ENABLED", variants: { on: true }, defaultVariant: "on", targeting: { cat: [{ var: "targetingKey" }, "!"] } } } });
  assert.match(flags.prepare({ targetingKey: "alice" }).details("names", false).errorMessage, /`alice!`/);
  assert.match(flags.details("names", { targetingKey: "bob" }, false).errorMessage, /`bob!`/);
  assert.match(flags.details("names", {}, false).errorMessage, /`!`/);
});

test("the deepest programs and values fit the module's stack", () => {
  const chain = { end: "on" };
  const names = Array.from({ length: 40 }, (_, at) => `r${at}`);
  names.forEach((name, at) => (chain[name] = { if: [{ "!": [{ "!": [{ $ref: names[at + 1] ?? "end" }] }] }, "on"] }));
  let nots = true;
  for (let depth = 0; depth < 61; depth++) nots = { "!": [nots] };
  let value = 1;
  for (let depth = 0; depth < 60; depth++) value = { value: [value] };
  const flag = (targeting) => ({ state: "ENABLED", variants: { on: true, false: false, true: true }, targeting });
  const flags = createEvaluator({
    $evaluators: chain,
    flags: {
      ...Object.fromEntries(names.map((name) => [name, flag({ $ref: name })])),
      nots: flag(nots),
      deep: { state: "ENABLED", variants: { x: value }, defaultVariant: "x" },
      nested: flag({ reduce: [{ var: "list" }, [{ var: "accumulator" }], 0] }),
      text: flag({ cat: { reduce: [{ var: "list" }, [{ var: "accumulator" }], "on"] } }),
    },
  });
  const reasons = new Set(names.map((name) => flags.details(name, {}, null).reason));
  assert.deepEqual(reasons, new Set(["ERROR", "TARGETING_MATCH"]), "some are just deep enough");
  assert.equal(flags.details("nots", {}, null).variant, "false");
  assert.deepEqual(flags.object("deep", {}), value);
  const list = (length) => ({ list: Array.from({ length }, () => 1) });
  assert.match(flags.details("nested", list(127), null).errorMessage, /not a variant/);
  assert.match(flags.details("nested", list(200), null).errorMessage, /deeper than 128/);
  assert.equal(flags.details("text", list(126), null).variant, "on");
});
