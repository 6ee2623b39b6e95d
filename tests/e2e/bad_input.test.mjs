// Bad input: a clear error with place and fix, and nothing changed.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FLAG, Flaghoist, chapter } from "./support.mjs";
import { readFileSync } from "node:fs";

const PLAN = readFileSync(chapter, "utf8");
const FLAG_PATH = `/api/v1/environments/production/flags/${FLAG}`;

test("bad plans", async (t) => {
  const flaghoist = await Flaghoist.start({ web: false });
  flaghoist.cli("apply", chapter);
  const before = (await flaghoist.entries()).length;
  const cycle = "release: r\nchanges:\n  - tool: a@1\n    requires: [\"tool:b@1\"]\n  - tool: b@1\n    requires: [\"tool:a@1\"]\n";
  const cases = {
    "broken YAML": ["features: [", /\d+:\d+.*not valid YAML/],
    "an unknown key": [PLAN.replace("rollout:", "rolout:"), /4:5 features.refund_explanation.rolout: error unknown-key.*did you mean `rollout`/],
    "a cycle": [cycle, /FH110: no order exists: tool:a@1 → tool:b@1 → tool:a@1/],
    "@latest": [PLAN.replace("explain_refund@1.0.0", "explain_refund@latest"), /7:\d+ .*FH114: `latest` is not an immutable version/],
    "percentage 101": [PLAN.replace(": 5", ": 101"), /5:26 .*`101` is not a percentage from 0 to 100/],
    "deep nesting": [`features: ${"[".repeat(5_000)}`, /too deep|nesting|not valid YAML/],
    "a wrong type": [PLAN.replace("canary_percentage: 5", "canary_percentage: [5]"), /one value is expected/],
    "a kind nobody knows": [PLAN.replace("- prompt:", "- promt:"), /did you mean `prompt`/],
    "a rank that is no word": [`${PLAN}kinds: { corpus: 2 }\n`, /10:18 kinds.corpus: error shape: a map is expected/],
  };
  for (const [what, [document, expected]] of Object.entries(cases)) {
    await t.test(what, async () => {
      const file = join(flaghoist.folder, "plan.yaml");
      writeFileSync(file, document);
      const done = flaghoist.run("apply", file);
      assert.equal(done.status, 2, done.stdout);
      assert.match(done.stderr, expected);
      const { status, json, headers } = await flaghoist.post("/api/v1/plans", { document });
      assert.equal(status, 422);
      assert.equal(headers.get("content-type"), "application/problem+json");
      assert.ok(json.diagnostics.length > 0 && json.diagnostics.every((found) => found.message && found.code), JSON.stringify(json));
      assert.equal((await flaghoist.entries()).length, before, "nothing changed");
    });
  }
  assert.equal((await flaghoist.entries()).length, before);
});

test("bad requests", async (t) => {
  const flaghoist = await Flaghoist.start({ web: false });
  flaghoist.cli("apply", chapter);
  const before = (await flaghoist.entries()).length;
  const server = flaghoist.key("server");
  const browser = flaghoist.key("browser");
  const deep = "[".repeat(100_000);
  const cases = {
    "an unknown flag": () => flaghoist.post("/api/v1/environments/production/flags/refund_explanation_v2/contain", {}),
    "an unknown environment": () => flaghoist.post(`/api/v1/environments/staging/flags/${FLAG}/contain`, {}),
    "a wrong type": () => flaghoist.post(`${FLAG_PATH}/raise`, { to: "much", epoch: 3 }),
    "more than everybody": () => flaghoist.post(`${FLAG_PATH}/raise`, { to: 10_001, epoch: 3 }),
    "an unknown key": () => flaghoist.post(`${FLAG_PATH}/raise`, { to: 500, epoch: 3, force: true }),
    "no JSON": () => flaghoist.post(`${FLAG_PATH}/lower`, "{\n  to: 0 }"),
    "deep nesting": () => flaghoist.post(`${FLAG_PATH}/lower`, deep.slice(0, 60_000)),
    "10 MB": () => flaghoist.post(`${FLAG_PATH}/contain`, JSON.stringify({ reason: "x".repeat(10_000_000) })),
    "a 10 MB plan": () => flaghoist.post("/api/v1/plans", { document: "x".repeat(10_000_000) }),
    "a reason of 5 kB": () => flaghoist.post(`${FLAG_PATH}/contain`, { reason: "x".repeat(5_000) }),
    "a name with a slash": () => flaghoist.post("/api/v1/environments/a%2Fb/flags/c/contain", {}),
    "no token": () => flaghoist.post(`${FLAG_PATH}/contain`, {}, { token: null }),
    "a token nobody has": () => flaghoist.post(`${FLAG_PATH}/contain`, {}, { token: "fh_admin_00" }),
    "a stale cookie": () => flaghoist.post(`${FLAG_PATH}/contain`, {}, { token: null, headers: { cookie: "flaghoist_session=0000" } }),
    "an evaluation key that commands": () => flaghoist.post(`${FLAG_PATH}/contain`, {}, { token: server }),
    "a browser key that wants it all": () => flaghoist.request("/api/v1/environments/production/bundle", { token: browser }),
    "a browser key that wants the state": () => flaghoist.request("/api/v1/workspace", { token: browser }),
    "an address of nothing": () => flaghoist.request("/api/v1/nothing"),
    "a wrong method": () => flaghoist.request(`${FLAG_PATH}/contain`),
  };
  const expected = {
    "an unknown flag": [404, /no flag `refund_explanation_v2`/, /did you mean `refund_explanation_v1`/],
    "an unknown environment": [404, /no environment `staging`/, /production/],
    "a wrong type": [422, /1:\d+ to: .*invalid type/, /mend/],
    "more than everybody": [422, /10001 basis points/, /mend/],
    "an unknown key": [422, /unknown field `force`/, /mend/],
    "no JSON": [422, /2:3/, /mend/],
    "deep nesting": [422, /recursion|invalid type/, /mend/],
    "10 MB": [413, /more than 65536 bytes/, /send less/],
    "a 10 MB plan": [413, /more than \d+ bytes/, /send less/],
    "a reason of 5 kB": [422, /too long/, /at most 4096/],
    "a name with a slash": [422, /`\/` is not allowed/, /name like/],
    "no token": [401, /sign-in or an API key/, /Bearer/],
    "a token nobody has": [401, /not known/, /Bearer/],
    "a stale cookie": [401, /session has ended/, /sign in/],
    "an evaluation key that commands": [403, /for evaluation/, /kind admin/],
    "a browser key that wants it all": [403, /does not see the whole bundle/, /bundle\/client/],
    "a browser key that wants the state": [403, /for evaluation/, /kind admin/],
    "an address of nothing": [404, /nothing at/, /address/],
    "a wrong method": [405, /does not take that method/, /operations/],
  };
  for (const [what, send] of Object.entries(cases)) {
    await t.test(what, async () => {
      const { status, json, headers, text } = await send();
      const [code, detail, fix] = expected[what];
      assert.equal(status, code, text);
      assert.equal(headers.get("content-type"), "application/problem+json");
      assert.equal(json.status, code);
      assert.match(json.detail, detail);
      assert.match(json.fix, fix);
      assert.equal((await flaghoist.entries()).length, before, "nothing changed");
    });
  }
});
