# Runs the worker in workerd on this machine: see the example's README.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    # Flaghoist listens on loopback, which workerd calls private.
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker", esModule = embed "worker.js"),
    (name = "flaghoist", esModule = embed "node_modules/flaghoist/worker.js"),
    (name = "evaluator.js", esModule = embed "node_modules/flaghoist/evaluator.js"),
    (name = "client.js", esModule = embed "node_modules/flaghoist/client.js"),
    (name = "context.js", esModule = embed "node_modules/flaghoist/context.js"),
    (name = "kept.js", esModule = embed "node_modules/flaghoist/kept.js"),
    (name = "response.js", esModule = embed "node_modules/flaghoist/response.js"),
    (name = "sse.js", esModule = embed "node_modules/flaghoist/sse.js"),
    (name = "flaghoist_wasm.js", esModule = embed "node_modules/flaghoist/flaghoist_wasm.js"),
    (name = "flaghoist_wasm_bg.wasm", wasm = embed "node_modules/flaghoist/flaghoist_wasm_bg.wasm"),
  ],
  compatibilityDate = "2026-10-01",
  bindings = [
    (name = "FLAGHOIST_URL", fromEnvironment = "FLAGHOIST_URL"),
    (name = "FLAGHOIST_KEY", fromEnvironment = "FLAGHOIST_KEY"),
  ],
);
