// Releases on real parts: what opens of itself, what edges acknowledge, what a failing metric does to those who are served.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { FLAG, Flaghoist, chapter, npmPackage, until } from "./support.mjs";

const { Client } = await npmPackage("");

const PLAN = `release: refund
teams: { agents: { contact: "#agents", approvers: [asha] } }
features:
  refund: { flag: refund_v1, owner: agents, expires: 2099-01-01, dependencies: [ { tool: refund@2 } ] }
changes:
  - { tool: refund@2, owner: agents, gates: [ { tests: smoke } ], canary: with_flag, rollback: { to: refund@1 } }
canary:
  steps: [ { exposure: 50, at_least: 1h }, { exposure: 100 } ]
  metrics: [ { name: tool errors, component: "tool:refund", role: critical, value: q, limit: "< 0.02" } ]
bake: { for: 24h }
`;

const ledger = async (flaghoist) => (await flaghoist.request("/api/v1/ledger")).json.entries;
const exposure = async (flaghoist, flag) => {
  const { json } = await flaghoist.request("/api/v1/workspace");
  return json.environments.production.flags[flag].exposure;
};

function edge(flaghoist, options = {}) {
  const client = new Client({ url: flaghoist.url, key: flaghoist.key("server"), persist: false, ...options });
  after(() => client.close());
  return client;
}

test("an opening that waited for a freeze fires of itself when it is lifted", async () => {
  const flaghoist = await Flaghoist.start({ web: false });
  flaghoist.cli("apply", chapter);
  flaghoist.cli("freeze", "--reason", "the quarter closes");
  flaghoist.deployAll();
  assert.equal(await exposure(flaghoist, FLAG), 0);
  assert.match(flaghoist.cli("waits"), /no raises now: there is a freeze \(the quarter closes\)/);
  flaghoist.cli("lift-freeze");
  await until("the opening", async () => (await exposure(flaghoist, FLAG)) === 500);
  const entry = (await ledger(flaghoist)).find((entry) => entry.events.some((event) => event.event === "raised"));
  assert.deepEqual([entry.actor, entry.events[0].on_behalf_of], ["system", "asha"]);
});

test("edges tell what they serve; the next step waits for them", async () => {
  const flaghoist = await Flaghoist.start({ web: false });
  flaghoist.cli("apply", chapter);
  flaghoist.deployAll();
  const client = edge(flaghoist);
  await client.ready();
  const edges = async () => (await flaghoist.request("/api/v1/environments/production/edges")).json;
  const level = async () => {
    const { published, serving } = await edges();
    return serving.length === 1 && serving[0].revision === published && serving[0].edges === 1 && published;
  };
  const first = await until("the edge to be level", level);
  await until("the ledger to hear of it", async () =>
    (await ledger(flaghoist)).some((entry) => entry.events.some((event) => event.event === "edges_acknowledged" && event.revision === first)));

  // Another edge stays behind: it is waited for.
  const behind = await flaghoist.post("/api/v1/environments/production/acknowledgements", { edge: "slow", revision: first });
  assert.equal(behind.status, 200, behind.text);
  flaghoist.cli("raise", FLAG, "--to", "25%");
  await until("the first edge to serve it", () => client.revision > first);
  const refused = flaghoist.run("raise", FLAG, "--to", "50%");
  assert.equal(refused.status, 1, refused.stderr);
  assert.match(refused.stderr, /the edges have not acknowledged revision/);
  await flaghoist.post("/api/v1/environments/production/acknowledgements", { edge: "slow", revision: client.revision });
  await until("the raise to pass", () => flaghoist.run("raise", FLAG, "--to", "50%").status === 0);
  // Containing never waits for anybody.
  flaghoist.cli("contain", FLAG);
  await until("the edge to serve nobody", () => !client.boolean(FLAG, { targetingKey: "user-17" }) && client.details(FLAG, {}, false).metadata.cause === "contained");
});

test("a browser's key speaks for no edge", async () => {
  const flaghoist = await Flaghoist.start({ web: false });
  const said = { edge: "tab", revision: 1 };
  const answer = await flaghoist.post("/api/v1/environments/production/acknowledgements", said, { token: flaghoist.key("browser") });
  assert.equal(answer.status, 403, answer.text);
});

test("a signed release with evidence opens; a failing critical metric contains it at the edge", async () => {
  const flaghoist = await Flaghoist.start({ web: false });
  const file = join(flaghoist.folder, "refund.yaml");
  writeFileSync(file, PLAN);
  flaghoist.cli("apply", file);
  flaghoist.cli("observe", "tool:refund@2");
  const refused = flaghoist.run("raise", "refund_v1", "--to", "50%");
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /agents has not signed plan/);
  assert.match(refused.stderr, /tests:smoke of tool:refund@2 has no evidence yet/);
  flaghoist.cli("sign-off", "refund", "--team", "agents");
  const report = join(flaghoist.folder, "report.json");
  const evidence = {
    gate: "tests:smoke",
    part: "tool:refund@2",
    pins: { "tool:refund@2": null },
    outcome: { tests: { passed: 3 } },
    ran_at: new Date().toISOString(),
  };
  writeFileSync(report, JSON.stringify(evidence));
  flaghoist.cli("evidence", "submit", "--release", "refund", report);
  const client = edge(flaghoist);
  await client.ready();
  flaghoist.cli("raise", "refund_v1", "--to", "50%");
  const users = Array.from({ length: 200 }, (_, index) => ({ targetingKey: `user-${index}` }));
  const admitted = () => users.filter((user) => client.boolean("refund_v1", user)).length;
  await until("half of the users", () => admitted() > 70 && admitted() < 130);
  flaghoist.cli("evidence", "submit", "--release", "refund", "--gate", "metric:tool errors", "--verdict", "FAIL");
  await until("nobody", () => admitted() === 0);
  const { json } = await flaghoist.request("/api/v1/workspace");
  assert.deepEqual(json.environments.production.flags.refund_v1.latch.cause, { by: "gate", gate: "metric:tool errors" });
});
