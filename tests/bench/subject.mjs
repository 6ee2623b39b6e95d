// One library in a process of its own, so that none profits or suffers from what the compiler learnt about another.
//
// It answers the tasks that `run.mjs` sends, one at a time: what it is, whether its answers are right, how long they take.
import { readFileSync } from "node:fs";
import { SHARES, allKeys, document, keysOf, users } from "./documents.mjs";

const USERS = 1000;
const peer = (await import(new URL(`peers/${process.argv[2]}.mjs`, import.meta.url))).default;
let handle;
let subjects;
let flags = 0;

/** What a library loads: text in its own format, or an image made by `images.mjs`. */
function source(count) {
  if (peer.format !== "image") return document(peer.format, count);
  return new Uint8Array(readFileSync(new URL(`images/${count}.image`, import.meta.url)));
}

const tasks = {
  about: () => ({ name: peer.name, version: peer.version, evaluationOnly: peer.evaluationOnly, bulkOnly: peer.bulkOnly }),
  setup,
  share,
  time,
  prepare,
  load,
  memory,
};

async function setup({ count }) {
  flags = count;
  handle = await peer.load(source(count));
  const contexts = users(USERS).map(peer.user);
  subjects = peer.prepare ? contexts.map((user) => peer.prepare(handle, user)) : contexts;
}

/** The share of users on for a kind; far from what the flags say, a library is asked wrongly and its times are void. */
async function share({ kind }) {
  let on = 0;
  const keys = keysOf(kind, flags);
  // A promise for each answer takes its time: fewer users say enough.
  const asked = peer.isAsync ? subjects.slice(0, USERS / 20) : subjects;
  for (const user of asked) for (const key of keys) on += (await peer.boolean(handle, key, user)) ? 1 : 0;
  const found = on / (keys.length * asked.length);
  const [wanted, tolerance] = SHARES[kind];
  if (Math.abs(found - wanted) > tolerance) throw new Error(`${peer.name}: ${kind} flags are on for ${found}, not ${wanted}`);
  return found;
}

/** Nanoseconds per answer of one kind: each user in turn asks every flag of the kind. */
async function time({ kind, ms }) {
  if (kind === "bulk") return timeBulk(ms);
  const keys = keysOf(kind, flags);
  return peer.isAsync ? timeAsync(keys, ms) : timeSync(keys, ms);
}

let on = 0;

function timeSync(keys, ms) {
  const { boolean } = peer;
  const start = performance.now();
  let calls = 0;
  let at = 0;
  let gone;
  do {
    const user = subjects[at++ % USERS];
    for (const key of keys) if (boolean(handle, key, user)) on++;
    calls += keys.length;
    gone = performance.now() - start;
  } while (gone < ms);
  return (gone * 1e6) / calls;
}

async function timeAsync(keys, ms) {
  const { boolean } = peer;
  const start = performance.now();
  let calls = 0;
  let at = 0;
  let gone;
  do {
    const user = subjects[at++ % USERS];
    for (const key of keys) if (await boolean(handle, key, user)) on++;
    calls += keys.length;
    gone = performance.now() - start;
  } while (gone < ms);
  return (gone * 1e6) / calls;
}

function timeBulk(ms) {
  const { all } = peer;
  const start = performance.now();
  let calls = 0;
  let kept;
  let gone;
  do {
    kept = all(handle, subjects[calls++ % USERS]);
    gone = performance.now() - start;
  } while (gone < ms);
  if (Object.keys(kept).length !== flags) throw new Error(`${peer.name} answers ${Object.keys(kept).length} flags of ${flags}`);
  return (gone * 1e6) / calls;
}

/** Nanoseconds to read a context once, where a library can. */
function prepare({ ms }) {
  if (!peer.prepare) return null;
  const contexts = users(USERS).map(peer.user);
  const start = performance.now();
  let calls = 0;
  let gone;
  do {
    subjects[calls % USERS] = peer.prepare(handle, contexts[calls++ % USERS]);
    gone = performance.now() - start;
  } while (gone < ms);
  return (gone * 1e6) / calls;
}

/** Milliseconds to load, and to load and answer every flag once: what is put off until the first question counts too. */
async function load({ count }) {
  const text = source(count);
  const user = peer.user(users(1)[0]);
  globalThis.gc();
  const start = performance.now();
  const loaded = await peer.load(text);
  const end = performance.now();
  peer.all(loaded, user);
  const asked = performance.now();
  await peer.unload?.(loaded);
  return { load: end - start, asked: asked - start };
}

/** Bytes per flag after the load and after every flag was asked once. For a fresh process: what was freed would be reused. */
async function memory({ count }) {
  const user = peer.user(users(1)[0]);
  const few = await peer.load(source(10));
  peer.all(few, user);
  const before = used(few);
  const loaded = await peer.load(source(count));
  const after = used(loaded);
  for (const key of allKeys(count)) peer.boolean(loaded, key, user);
  const asked = used(loaded);
  return { load: (after - before) / count, asked: (asked - before) / count };
}

/** Bytes in use: `external` holds array buffers already; the memory of WebAssembly is in none of them. */
function used(loaded) {
  for (let round = 0; round < 3; round++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external + (peer.memory?.(loaded) ?? 0);
}

process.on("message", async ({ task, given }) => {
  try {
    process.send({ result: (await tasks[task](given ?? {})) ?? null });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.send({ result: "ready" });
