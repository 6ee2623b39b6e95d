// A library in its own process, from the outside: start it, give it tasks, end it.
import { fork } from "node:child_process";
import { join } from "node:path";

/** No task takes longer; what does hangs. */
const TASK_MS_MAX = 60_000;

export class PeerProcess {
  /** Starts a script of the staged folder; `name` is the adapter it loads. */
  static async start(staged, script, name) {
    const self = new PeerProcess();
    self.name = name;
    self.child = fork(join(staged, script), [name], { execArgv: ["--expose-gc"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    try {
      await self.#answer();
    } catch (error) {
      await self.end();
      throw error;
    }
    return self;
  }

  async ask(task, given) {
    this.child.send({ task, given });
    return this.#answer();
  }

  #answer() {
    const { child, name } = this;
    return new Promise((resolve, reject) => {
      const settle = (end, value) => {
        clearTimeout(timer);
        child.off("message", heard).off("exit", gone);
        end(value);
      };
      const heard = ({ result, error }) => (error ? settle(reject, new Error(error)) : settle(resolve, result));
      const gone = (code) => settle(reject, new Error(`${name} ended with ${code}`));
      const timer = setTimeout(() => settle(reject, new Error(`${name} did not answer in time`)), TASK_MS_MAX);
      child.on("message", heard).on("exit", gone);
    });
  }

  async end() {
    if (this.child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await gone;
  }
}

/** One task in a process that does nothing else. */
export async function askFresh(staged, script, name, task, given) {
  const peer = await PeerProcess.start(staged, script, name);
  try {
    return await peer.ask(task, given);
  } finally {
    await peer.end();
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
