// One library in a process of its own, so that none profits or suffers from what the compiler learnt about another.
//
// It answers the tasks that `run.mjs` sends, one at a time: what it is, whether its answers are right, what they take.
import { readFileSync } from "node:fs";
import { SHARES, allKeys, document, keysOf, users } from "./documents.mjs";

const USERS = 1000;
const peer = (await import(new URL(`peers/${process.argv[2]}.mjs`, import.meta.url))).default;
/** Milliseconds of processor time: those of others on a busy machine are not in it, those of the collector are. */
const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
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
  return each(ms, keys.length, (user) => {
    for (const key of keys) if (boolean(handle, key, user)) on++;
  });
}

/** As `each`, for answers that are promises. */
async function timeAsync(keys, ms) {
  const { boolean } = peer;
  const end = performance.now() + ms;
  const start = spent();
  let calls = 0;
  for (let at = 0; performance.now() < end; at++) {
    const user = subjects[at % USERS];
    for (const key of keys) if (await boolean(handle, key, user)) on++;
    calls += keys.length;
  }
  return ((spent() - start) * 1e6) / calls;
}

function timeBulk(ms) {
  const { all } = peer;
  let kept;
  const time = each(ms, 1, (user) => {
    kept = all(handle, user);
  });
  if (Object.keys(kept).length !== flags) throw new Error(`${peer.name} answers ${Object.keys(kept).length} flags of ${flags}`);
  return time;
}

/** Nanoseconds to read a context once, where a library can. */
function prepare({ ms }) {
  if (!peer.prepare) return null;
  const contexts = users(USERS).map(peer.user);
  return each(ms, 1, (_, at) => {
    subjects[at] = peer.prepare(handle, contexts[at]);
  });
}

/** Nanoseconds of processor time per call of work that does `calls` for each user. The clock on the wall only says when to end. */
function each(ms, calls, work) {
  const end = performance.now() + ms;
  const start = spent();
  let rounds = 0;
  while (performance.now() < end) work(subjects[rounds % USERS], rounds++ % USERS);
  return ((spent() - start) * 1e6) / (rounds * calls);
}

/** Milliseconds to load, and to load and answer every flag once: what is put off until the first question counts too. */
async function load({ count }) {
  const text = source(count);
  const user = peer.user(users(1)[0]);
  globalThis.gc();
  const start = spent();
  const loaded = await peer.load(text);
  const end = spent();
  peer.all(loaded, user);
  const asked = spent();
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
