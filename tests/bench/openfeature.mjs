// Through the OpenFeature server SDK: its own cost, and what is left of an engine's speed above it.
import { KINDS } from "./documents.mjs";
import { PeerProcess, median } from "./peer_process.mjs";

const PEERS = ["openfeature_noop", "openfeature_flaghoist", "openfeature_flagd"];

/** Nanoseconds per answer; a row per provider. */
export async function measureOpenFeature(staged, { rounds, ms }) {
  const peers = [];
  try {
    for (const id of PEERS) {
      const process = await PeerProcess.start(staged, "subject.mjs", id);
      await process.ask("setup", { count: 1000 });
      if (id !== PEERS[0]) for (const kind of KINDS) await process.ask("share", { kind });
      peers.push({ id, process, about: await process.ask("about"), times: { boolean: [], percentage: [], targeted: [] } });
    }
    // The first round only warms up.
    for (let round = -1; round < rounds; round++) {
      for (const { process, times } of peers) {
        for (const kind of KINDS) {
          const time = await process.ask("time", { kind, ms });
          if (round >= 0) times[kind].push(time);
        }
      }
    }
  } finally {
    for (const { process } of peers) await process.end();
  }
  return peers.map(({ id, about, times }) => {
    return { id, ...about, medians: Object.fromEntries(KINDS.map((kind) => [kind, median(times[kind])])) };
  });
}
