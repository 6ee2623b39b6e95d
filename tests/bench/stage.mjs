// Puts the benchmark where a user's project would be: beside a `node_modules` that holds the peers and our package.
import { cpSync, existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The staged folder, from which every measuring process starts. */
export function stage() {
  const modules = part("FLAGHOIST_BENCH_MODULES");
  const ours = join(modules, "flaghoist");
  rmSync(ours, { recursive: true, force: true });
  cpSync(part("FLAGHOIST_NPM_DIST"), ours, { recursive: true });
  const staged = join(dirname(modules), "run");
  rmSync(staged, { recursive: true, force: true });
  cpSync(HERE, staged, { recursive: true });
  return { staged, modules };
}

/** A built part, by the variable that names it. */
function part(name) {
  const value = process.env[name];
  if (value && existsSync(value)) return value;
  throw new Error(`${name} names no folder: run \`cargo xtask bench\`, which builds the parts and names them`);
}
