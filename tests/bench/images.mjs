// Compiles the flagd documents to images ahead of time, as a server does once per revision.
import { mkdirSync, writeFileSync } from "node:fs";
import { document } from "./documents.mjs";
import { entry } from "./peers/shared.mjs";

const { compile } = await entry("json");
if (compile === undefined) throw new Error("this build of the package compiles no images");
mkdirSync(new URL("images/", import.meta.url), { recursive: true });
for (const count of [10, 100, 1000, 10_000]) {
  writeFileSync(new URL(`images/${count}.image`, import.meta.url), compile(document("flagd", count)));
}
