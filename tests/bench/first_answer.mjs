// One library in a fresh process: the time to import it, load 100 flags and answer once. Node's own start is not in it.
import { readFileSync } from "node:fs";
import { document, users } from "./documents.mjs";

/** Known without importing the adapter, whose import is what is measured. */
const FORMATS = { flaghoist_image: "image", growthbook: "growthbook", unleash: "unleash" };
const id = process.argv[2];

async function start({ count }) {
  const format = FORMATS[id] ?? "flagd";
  const source =
    format === "image" ? new Uint8Array(readFileSync(new URL(`images/${count}.image`, import.meta.url))) : document(format, count);
  const [user] = users(1);
  const begin = performance.now();
  const peer = (await import(new URL(`peers/${id}.mjs`, import.meta.url))).default;
  const handle = await peer.load(source);
  peer.boolean(handle, "percentage_flag_1", peer.user(user));
  return { name: peer.name, time: performance.now() - begin };
}

process.on("message", async ({ given }) => {
  try {
    process.send({ result: await start(given) });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.send({ result: "ready" });
