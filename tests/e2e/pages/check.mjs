// What every host must answer alike: run in Node, Deno, Bun, workerd and Chromium, the results compared as text.

const sub = (condition, then) => ({ if: [condition, then, null] });
const flag = (variants, defaultVariant, targeting, metadata) => ({ state: "ENABLED", variants, defaultVariant, targeting, metadata });
const BOOLEAN = { on: true, off: false };

export const DOCUMENT = {
  metadata: { ledger: "hosts", revision: 7, flagSetId: "hosts" },
  $evaluators: { staff: { ends_with: [{ var: "email" }, "@acme.com"] } },
  flags: {
    constant: flag(BOOLEAN, "on"),
    rollout: flag(BOOLEAN, "off", { fractional: [{ cat: ["cohort", { var: "targetingKey" }] }, ["on", 30], ["off", 70]] }),
    implicit: flag(BOOLEAN, "off", { fractional: [["on", 50], ["off", 50]] }),
    staff: flag(BOOLEAN, "off", sub({ $ref: "staff" }, "on")),
    version: flag(BOOLEAN, "off", sub({ sem_ver: [{ var: "version" }, ">=", "2.1.0"] }, "on")),
    nested: flag(BOOLEAN, "off", sub({ in: [{ var: "user.plan" }, ["pro", "team"]] }, "on")),
    listed: flag(BOOLEAN, "off", sub({ some: [{ var: "groups" }, { "==": [{ var: "" }, "beta"] }] }, "on")),
    computed: flag(BOOLEAN, "off", sub({ "==": [{ var: { cat: ["ci", "ty"] } }, "München"] }, "on")),
    text: flag({ a: "ä😀", b: "b" }, "a", { if: [{ ">": [{ var: "age" }, "30"] }, "b", null] }),
    number: flag({ small: 1.5, large: 9007199254740993 }, "small", sub({ "<": [{ "%": [{ var: "age" }, 7] }, 3] }, "large")),
    object: flag({ x: { nested: [1, { two: null }] }, y: { nested: [] } }, "x", sub({ missing: ["email"] }, "y")),
    none: flag(BOOLEAN, null),
    off: { ...flag(BOOLEAN, "on"), state: "DISABLED" },
    broken: flag(BOOLEAN, "on", { nonsense: [] }),
    fails: flag(BOOLEAN, "on", { if: [{ "+": ["abc", 1] }, "on", "off"] }),
    "prompt:explain": flag({ "1.0.0": "1.0.0", "0.9.4": "0.9.4" }, "0.9.4", { fractional: [{ cat: ["cohort", { var: "targetingKey" }] }, ["1.0.0", 30], [null, 70]] }),
    released: flag(BOOLEAN, "off", { fractional: [{ cat: ["cohort", { var: "targetingKey" }] }, ["on", 30], ["off", 70]] }, { release: "r", artefacts: "prompt:explain" }),
  },
};

export function contexts() {
  const list = Array.from({ length: 200 }, (_, at) => ({
    targetingKey: at % 17 === 0 ? undefined : at % 5 === 0 ? `käthe-${at}-😀` : `user-${at}`,
    email: at % 3 === 0 ? `u${at}@acme.com` : at % 7 === 0 ? undefined : "x@example.org",
    version: ["2.1.0", "v2.0.9", "2.1", 3, null, "2.10.0-rc.1"][at % 6],
    age: at % 11 === 0 ? `${at}` : at,
    city: at % 4 === 0 ? "München" : "Hamburg",
    user: at % 2 === 0 ? { plan: "pro" } : ["pro"],
    groups: at % 3 === 0 ? ["beta", 1] : [],
  }));
  const circle = {};
  circle.circle = circle;
  return [...list, {}, circle, { targetingKey: "x".repeat(5_000) }, { targetingKey: "\ud800" }, { user: { plan: { deep: circle } }, age: 10n, groups: new Date(0) }];
}

/** Every answer in every way, as one text. */
export function check({ createEvaluator, compile, explain }) {
  const image = compile(JSON.stringify(DOCUMENT));
  const flags = createEvaluator(image);
  const answers = [];
  for (const context of contexts()) {
    const prepared = flags.prepare(context);
    const packed = prepared.packed();
    flags.keys().forEach((key, index) => {
      const details = flags.details(key, context, null);
      answers.push(details);
      const same = [prepared.details(key, null), { ...flags.unpack(index, packed[index]) }];
      const value = flags.unpack(index, packed[index]).value ?? null;
      if (JSON.stringify(same[0]) !== JSON.stringify(details)) throw new Error(`${key}: prepared differs`);
      if (JSON.stringify(value) !== JSON.stringify(details.errorCode ? null : (details.value ?? null))) throw new Error(`${key}: packed differs`);
      if (explain) {
        const explained = explain(flags, key, context);
        if ((explained.variant ?? null) !== (details.variant ?? null) || explained.reason !== details.reason) throw new Error(`${key}: explained differs`);
      }
    });
    answers.push(flags.all(context), flags.snapshot(context));
  }
  flags.free();
  return JSON.stringify([Array.from(image).join(), answers]);
}
