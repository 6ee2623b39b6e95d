// Evaluation, load and memory: every library in its own process, rounds interleaved so that noise meets all alike.
import { KINDS } from "./documents.mjs";
import { PeerProcess, askFresh, median } from "./peer_process.mjs";

const PEERS = [
  "flaghoist_image",
  "flaghoist_prepared",
  "flaghoist_packed",
  "flaghoist_json",
  "flagd_compiled",
  "flagd_interpreter",
  "growthbook",
  "unleash",
];
export const REFERENCE = "flagd_interpreter";
const FLAGS = 1000;
const MANY = 10_000;

/** Measures all that are `available`; a row per library. */
export async function measure(staged, { rounds, ms, loadRounds }, available) {
  const peers = [];
  try {
    for (const id of PEERS.filter(available)) peers.push({ id, process: await PeerProcess.start(staged, "subject.mjs", id), times: {} });
    for (const peer of peers) await setUp(peer);
    console.log("  evaluation");
    // The first round only warms up.
    for (let round = -1; round < rounds; round++) for (const peer of peers) await evaluate(peer, ms, round < 0);
    console.log("  load");
    const loading = peers.filter(({ about }) => !about.evaluationOnly);
    for (let round = -1; round < loadRounds; round++) for (const peer of loading) await load(peer, FLAGS, round < 0);
    for (let round = 0; round < loadRounds; round++) for (const peer of loading) await load(peer, MANY, false);
    console.log("  memory");
    for (const peer of loading) peer.memory = await askFresh(staged, "subject.mjs", peer.id, "memory", { count: MANY });
  } finally {
    for (const peer of peers) await peer.process.end();
  }
  return peers.map(row);
}

async function setUp(peer) {
  peer.about = await peer.process.ask("about");
  await peer.process.ask("setup", { count: FLAGS });
  if (peer.about.bulkOnly) return;
  peer.shares = {};
  for (const kind of KINDS) peer.shares[kind] = await peer.process.ask("share", { kind });
}

async function evaluate(peer, ms, warming) {
  for (const kind of peer.about.bulkOnly ? ["bulk"] : [...KINDS, "bulk"]) {
    const time = await peer.process.ask("time", { kind, ms: warming ? 2 * ms : ms });
    if (!warming) keep(peer, kind, time);
  }
  const prepare = await peer.process.ask("prepare", { ms: ms / 4 });
  if (prepare !== null && !warming) keep(peer, "prepare", prepare);
}

async function load(peer, count, warming) {
  const { load, asked } = await peer.process.ask("load", { count });
  if (warming) return;
  keep(peer, `load ${count}`, load);
  keep(peer, `asked ${count}`, asked);
}

function keep(peer, what, value) {
  (peer.times[what] ??= []).push(value);
}

function row({ id, about, shares, times, memory }) {
  const medians = Object.fromEntries(Object.entries(times).map(([what, values]) => [what, median(values)]));
  return { id, ...about, shares, medians, memory };
}
