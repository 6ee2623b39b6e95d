// The same flags in each library's own format, and the users who ask.
//
// One third are constant booleans; one third are on for 5 % by the user id; one third hold five attribute conditions and,
// where all are met, a share of 50 %. Nine of ten users meet all five, so that the conditions are really read.
export const KINDS = ["boolean", "percentage", "targeted"];
/** The share of answers that are on, and how far a few hundred flags and users may be from it. */
export const SHARES = { boolean: [1, 0], percentage: [0.05, 0.01], targeted: [0.45, 0.03] };

const COUNTRIES = ["DE", "FR", "IN", "NL", "PL", "SE"];

/** The key of a flag; its kind goes round. */
const keyOf = (index) => `${KINDS[index % 3]}_flag_${index}`;

/** Every key of a kind among `count` flags. */
export function keysOf(kind, count) {
  return allKeys(count).filter((key) => key.startsWith(kind));
}

export const allKeys = (count) => Array.from({ length: count }, (_, index) => keyOf(index));

/** Users as plain records; each library's adapter makes its own context of one. */
export function users(count) {
  return Array.from({ length: count }, (_, index) => ({
    id: `user-${String(index).padStart(6, "0")}`,
    plan: index % 10 === 9 ? "free" : "pro",
    country: COUNTRIES[index % COUNTRIES.length],
    age: 18 + (index % 60),
    email: `someone.${index}@example.com`,
    version: `2.${index % 9}.1`,
  }));
}

/** The document of a format as its text, which each library is loaded from. */
export function document(format, count) {
  const flags = allKeys(count).map((key, index) => FORMATS[format](key, KINDS[index % 3]));
  switch (format) {
    case "flagd":
      return JSON.stringify({ flags: Object.fromEntries(flags) });
    case "growthbook":
      return JSON.stringify({ features: Object.fromEntries(flags) });
    default:
      return JSON.stringify({ version: 2, features: flags });
  }
}

const FORMATS = { flagd, growthbook, unleash };

function flagd(key, kind) {
  const flag = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: kind === "boolean" ? "on" : "off" };
  const share = (percent) => ({ fractional: [["on", percent], ["off", 100 - percent]] });
  if (kind === "percentage") flag.targeting = share(5);
  if (kind === "targeted") {
    const conditions = [
      { "==": [{ var: "plan" }, "pro"] },
      { in: [{ var: "country" }, COUNTRIES] },
      { ">=": [{ var: "age" }, 18] },
      { ends_with: [{ var: "email" }, "@example.com"] },
      { sem_ver: [{ var: "version" }, ">=", "2.0.0"] },
    ];
    flag.targeting = { if: [{ and: conditions }, share(50), "off"] };
  }
  return [key, flag];
}

function growthbook(key, kind) {
  if (kind === "boolean") return [key, { defaultValue: true }];
  const rule = { force: true, coverage: kind === "percentage" ? 0.05 : 0.5, hashAttribute: "id" };
  if (kind === "targeted") {
    rule.condition = {
      plan: "pro",
      country: { $in: COUNTRIES },
      age: { $gte: 18 },
      email: { $regex: "@example\\.com$" },
      version: { $vgte: "2.0.0" },
    };
  }
  return [key, { defaultValue: false, rules: [rule] }];
}

function unleash(key, kind) {
  const feature = { name: key, type: "release", enabled: true, strategies: [{ name: "default", parameters: {}, constraints: [] }] };
  if (kind === "boolean") return feature;
  const constraint = (contextName, operator, given) => ({ contextName, operator, inverted: false, caseInsensitive: false, ...given });
  const constraints = [
    constraint("plan", "IN", { values: ["pro"] }),
    constraint("country", "IN", { values: COUNTRIES }),
    constraint("age", "NUM_GTE", { value: "18" }),
    constraint("email", "STR_ENDS_WITH", { values: ["@example.com"] }),
    // Unleash has no "at least" for versions: above the last one before says the same.
    constraint("version", "SEMVER_GT", { value: "1.999.999" }),
  ];
  feature.strategies = [
    {
      name: "flexibleRollout",
      parameters: { rollout: kind === "percentage" ? "5" : "50", stickiness: "userId", groupId: key },
      constraints: kind === "targeted" ? constraints : [],
    },
  ];
  return feature;
}
