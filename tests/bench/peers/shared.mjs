// What the adapters share: where packages are, and what their versions are.
import { existsSync, readFileSync } from "node:fs";

/** The folder of the staged packages: see `stage.mjs`. */
const MODULES = new URL("../../node_modules/", import.meta.url);

export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`${name}/package.json`, MODULES), "utf8")).version;
}

/** The user as OpenFeature sees one, which flagd and Flaghoist share. */
export function openFeatureContext({ id, ...attributes }) {
  return { targetingKey: id, ...attributes };
}

/** The URL of a file of our package, where there is one. */
export function ours(file) {
  const url = new URL(`flaghoist/${file}`, MODULES);
  return existsSync(url) ? url.href : null;
}

/** Our package: `image` reads compiled images; `json` reads documents too. Older builds have one entry for documents. */
export const entry = (kind) => import((kind === "json" && ours("json-node.js")) || ours("node.js"));
