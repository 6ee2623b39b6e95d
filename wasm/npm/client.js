// Keeps an evaluator fresh: loads the bundle, asks again with its entity tag, listens for news where the host allows,
// and keeps the last good bundle whatever happens.
import { createEvaluator, failed, hasCompiler, imageFormat } from "./evaluator.js";
import { Kept } from "./kept.js";
import { bytes } from "./response.js";
import { events } from "./sse.js";

const REFRESH_MS = 30_000;
const REVALIDATE_MS = 1_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
const REQUEST_MAX_MS = 10_000;
/** How long a bundle counts as current without word from the server: what a rollback waits for (see `leaseMs`). */
const LEASE_MS = 60_000;
/** Largest bundle accepted, in bytes: a document of the size the compiler takes has a smaller image. */
const BUNDLE_MAX = 8 * 1024 * 1024;
const IMAGE = "application/vnd.flaghoist.image";

// Workers forbid timers outside requests and sharing I/O between them: there a client refreshes when it is used.
const isWorker = globalThis.navigator?.userAgent === "Cloudflare-Workers";

/** What answers while there is no bundle. */
const NOTHING = Object.freeze({
  boolean: (key, fallback = false) => fallback,
  string: (key, fallback = "") => fallback,
  number: (key, fallback = 0) => fallback,
  object: (key, fallback = null) => fallback,
  artefact: () => null,
  details: (key, fallback) => failed(key, fallback, "PROVIDER_NOT_READY", "there is no bundle yet"),
  packed: () => new Uint32Array(0),
  all: () => ({}),
  snapshot: () => ({ ledger: "", revision: 0, flags: {}, artefacts: {} }),
});

export class Client {
  #options;
  #evaluator = null;
  #etag = null;
  #loading = null;
  #kept;
  #restoring;
  #checked = -Infinity;
  /** When the server last said what is current. */
  #heard = -Infinity;
  #failed = -Infinity;
  #failures = 0;
  #timer = null;
  #lease = null;
  #toldStale = false;
  #listeners = new Map();
  #closed = new AbortController();
  /** This client's name among the edges; made when first needed, since workers have no randomness before a request. */
  #edge = null;
  /** The last acknowledgement on its way. */
  #said = Promise.resolve();

  /**
   * @param {object} options see `ClientOptions` in index.d.ts
   */
  constructor(options) {
    const { url, key, environment = "production" } = options;
    const base = `${String(url).replace(/\/+$/, "")}/api/v1/environments/${encodeURIComponent(environment)}/bundle`;
    const isBrowserKey = String(key).startsWith("fh_browser_");
    this.#options = {
      fetch: (...call) => globalThis.fetch(...call),
      refreshMs: REFRESH_MS,
      leaseMs: LEASE_MS,
      stream: !isWorker,
      persist: true,
      ...options,
      bundleUrl: isBrowserKey ? `${base}/client` : base,
      streamUrl: `${base}/stream`,
      // A page comes and goes; what waits for edges must not wait for it.
      acknowledgeUrl: isBrowserKey || options.acknowledge === false ? null : base.replace(/bundle$/, "acknowledgements"),
    };
    if (options.onChange) this.on("change", options.onChange);
    if (options.onError) this.on("error", options.onError);
    this.#kept = this.#options.persist === false ? null : Kept.of(this.#options.persist, this.#options.bundleUrl, String(key));
    if (options.bootstrap !== undefined) this.#bootstrap(options.bootstrap);
    this.#restoring = this.#restore();
    if (!isWorker) {
      this.#poll();
      if (this.#options.stream) this.#listen();
    }
  }

  /**
   * Calls `listener` at each event: `ready` (the first bundle), `change` (each new one), `stale` (the lease ended without
   * word from the server), `fresh` (word came again), `error` (a refresh failed). Gives a function that ends it.
   */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Resolves when there is a bundle; rejects when loading it failed. */
  async ready() {
    // While the server is away, a worker's requests do not each wait for it to fail once more.
    const isAway = isWorker && since(this.#failed) < REVALIDATE_MS;
    if (this.#evaluator === null) {
      // A kept bundle answers while the server is away; a fresh one is worth waiting for.
      const refreshed = isAway ? null : await this.refresh().catch((error) => error);
      if (this.#evaluator === null) await this.#restoring;
      if (this.#evaluator === null && refreshed instanceof Error) throw refreshed;
    }
    if (this.#evaluator === null) throw new Error("flaghoist: there is no bundle yet");
    return this;
  }

  /** Whether there is a bundle to answer from. */
  get isReady() {
    return this.#evaluator !== null;
  }

  /** Whether the lease ended without word from the server: the answers may be out of date, `details` says `STALE`. */
  get isStale() {
    // Told is told: a timer may fire a millisecond before the clock says so.
    return this.#evaluator !== null && (this.#toldStale || since(this.#heard) > this.#options.leaseMs);
  }

  /** The ledger that the bundle is of; empty before the first. */
  get ledger() {
    return this.#evaluator?.ledger ?? "";
  }

  /** The bundle's revision; 0 before the first. */
  get revision() {
    return this.#evaluator?.revision ?? 0;
  }

  /** The evaluator of the current bundle, or null before the first. */
  get evaluator() {
    return this.#evaluator;
  }

  boolean(key, context, fallback = false) {
    return this.#evaluator === null ? fallback : this.#evaluator.boolean(key, context, fallback);
  }

  string(key, context, fallback = "") {
    return this.#evaluator === null ? fallback : this.#evaluator.string(key, context, fallback);
  }

  number(key, context, fallback = 0) {
    return this.#evaluator === null ? fallback : this.#evaluator.number(key, context, fallback);
  }

  object(key, context, fallback = null) {
    return this.#evaluator === null ? fallback : this.#evaluator.object(key, context, fallback);
  }

  artefact(id, context) {
    return this.#evaluator === null ? null : this.#evaluator.artefact(id, context);
  }

  details(key, context, fallback) {
    if (this.#evaluator === null) return NOTHING.details(key, fallback);
    const details = this.#evaluator.details(key, context, fallback);
    if (details.errorCode === undefined && this.isStale) details.reason = "STALE";
    return details;
  }

  /** A context read once, to ask many flags of the bundle at hand about. */
  prepare(context) {
    return this.#evaluator?.prepare(context) ?? NOTHING;
  }

  packed(context) {
    return this.prepare(context).packed();
  }

  all(context) {
    return this.prepare(context).all();
  }

  snapshot(context) {
    return this.prepare(context).snapshot();
  }

  /** Hands an outcome to the listeners of `track`, with what was served: see the OpenFeature providers. */
  track(name, context, details = {}) {
    this.#tell("track", { name, context, details, ledger: this.ledger, revision: this.revision });
  }

  /**
   * Asks for a newer bundle if a second has passed since the last time; for workers, where nothing runs between
   * requests. Pass the request's execution context, so that the answer does not wait for it.
   */
  revalidate(ctx) {
    if (since(this.#checked) < REVALIDATE_MS) return;
    const work = this.refresh().catch(() => {});
    ctx?.waitUntil?.(work.then(() => this.#said));
  }

  /** Asks for a newer bundle now. Rejects when that failed; the last good bundle stays. */
  refresh() {
    // Requests of one worker must not wait for each other's I/O.
    if (isWorker) return this.#load();
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Stops timers and the stream. The last bundle still answers. */
  close() {
    this.#closed.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#lease);
  }

  async #load() {
    this.#checked = Date.now();
    try {
      const headers = { authorization: `Bearer ${this.#options.key}`, accept: accepted() };
      if (this.#etag !== null) headers["if-none-match"] = this.#etag;
      // What it serves meanwhile: the server knows by it that this edge is alive and how far it has come.
      if (this.#isEdge()) headers["flaghoist-edge"] = `${this.#name()};revision=${this.revision}`;
      const response = await this.#fetch(this.#options.bundleUrl, headers, REQUEST_MAX_MS);
      if (response.status !== 304) {
        if (!response.ok) {
          await response.body?.cancel();
          throw new Error(`flaghoist: the bundle's address answered ${response.status}`);
        }
        const bundle = await bytes(response, BUNDLE_MAX);
        const etag = response.headers.get("etag");
        if (this.#accept(bundle, etag)) {
          this.#said = this.#acknowledge();
          this.#kept?.write(bundle, etag);
        }
      }
      this.#failures = 0;
      this.#hear();
    } catch (error) {
      this.#failed = Date.now();
      this.#failures++;
      if (!this.#closed.signal.aborted) this.#tell("error", error);
      throw error;
    }
  }

  #isEdge() {
    return this.#options.acknowledgeUrl !== null;
  }

  #name() {
    this.#edge ??= globalThis.crypto.randomUUID();
    return this.#edge;
  }

  /** Tells what is served now, so that nobody waits longer than they must; the next refresh tells it again. */
  async #acknowledge() {
    if (!this.#isEdge() || this.#closed.signal.aborted) return;
    const headers = { authorization: `Bearer ${this.#options.key}`, "content-type": "application/json" };
    const body = JSON.stringify({ edge: this.#name(), revision: this.revision });
    try {
      const response = await this.#fetch(this.#options.acknowledgeUrl, headers, REQUEST_MAX_MS, { method: "POST", body });
      await response.body?.cancel();
    } catch {
      // A server that went away is reported by the next refresh.
    }
  }

  /** The server has said what is current: a lease begins. */
  #hear() {
    this.#heard = Date.now();
    if (this.#toldStale) {
      this.#toldStale = false;
      this.#tell("fresh", this);
    }
    // On workers nobody waits; `isStale` looks at the clock.
    if (isWorker || this.#closed.signal.aborted) return;
    clearTimeout(this.#lease);
    this.#lease = setTimeout(() => {
      this.#toldStale = true;
      this.#tell("stale", this);
    }, this.#options.leaseMs);
    this.#lease?.unref?.();
  }

  /** A bundle that came with the page: one that cannot be read is reported, and the server asked as ever. */
  #bootstrap(bundle) {
    try {
      this.#accept(bundle, null);
    } catch (error) {
      queueMicrotask(() => this.#tell("error", error));
    }
  }

  /** The bundle that was kept, where nothing better came meanwhile. */
  async #restore() {
    const kept = await this.#kept?.read();
    if (!kept || this.#evaluator !== null || this.#closed.signal.aborted) return;
    try {
      this.#accept(kept.bundle, kept.etag);
    } catch {
      // Kept by another version of this package, or damaged: as if there were none.
    }
  }

  /** Takes a bundle up unless it is older than the one at hand; whether it did. */
  #accept(bundle, etag) {
    const next = createEvaluator(bundle);
    const current = this.#evaluator;
    // Revisions order one ledger's bundles; a new ledger is taken from the configured address only.
    if (current !== null && next.ledger === current.ledger && next.revision < current.revision) {
      next.free();
      return false;
    }
    this.#evaluator = next;
    this.#etag = etag;
    // The old one is left to the garbage collector: somebody may still hold it.
    const isChange = current === null || next.revision !== current.revision || next.ledger !== current.ledger;
    if (current === null) queueMicrotask(() => this.#tell("ready", this));
    if (isChange) this.#tell("change", this);
    return isChange;
  }

  /** Asks, and again after a while: soon where that failed, later and later while it does. */
  async #poll() {
    await this.refresh().catch(() => {});
    if (this.#closed.signal.aborted) return;
    const { refreshMs } = this.#options;
    const after = this.#failures === 0 ? refreshMs : Math.min(refreshMs, RETRY_MIN_MS * 2 ** this.#failures);
    this.#timer = setTimeout(() => this.#poll(), jittered(after));
    // A refresh to come does not keep a Node process alive.
    this.#timer?.unref?.();
  }

  async #listen() {
    let wait = RETRY_MIN_MS;
    while (!this.#closed.signal.aborted) {
      try {
        const headers = { authorization: `Bearer ${this.#options.key}`, accept: "text/event-stream" };
        const response = await this.#fetch(this.#options.streamUrl, headers);
        if (!response.ok || !response.body) throw new Error(`flaghoist: the stream's address answered ${response.status}`);
        for await (const event of events(response.body)) {
          if (event.type === "revision") await this.#news(JSON.parse(event.data));
          wait = RETRY_MIN_MS;
        }
      } catch {
        // Reported by the refresh, if the server is really away. A server tells the revision first thing on a new
        // stream, so that news whose bundle could not be had are heard again.
      }
      await this.#pause(jittered(wait));
      wait = Math.min(wait * 2, RETRY_MAX_MS);
    }
  }

  async #news({ ledger, revision }) {
    // A load under way may have been answered before these news: only one that starts now surely has them.
    await this.#loading?.catch(() => {});
    if (ledger !== this.ledger || revision !== this.revision) await this.refresh();
    else this.#hear();
  }

  async #fetch(url, headers, timeout, more = {}) {
    const signals = [this.#closed.signal];
    if (timeout !== undefined) signals.push(AbortSignal.timeout(timeout));
    const response = await this.#options.fetch(url, { ...more, headers, signal: AbortSignal.any(signals) });
    // Only the configured origin says what the flags are.
    if (response.redirected && new URL(response.url).origin !== new URL(url, globalThis.location?.href).origin) {
      await response.body?.cancel();
      throw new Error(`flaghoist: ${url} redirects to another origin`);
    }
    return response;
  }

  #pause(ms) {
    const { signal } = this.#closed;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      timer?.unref?.();
      signal.addEventListener("abort", end);
    });
  }

  #tell(event, argument) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(argument);
      } catch (error) {
        // A listener's fault is its owner's, and must not stop the client.
        queueMicrotask(() => console.error(error));
      }
    }
  }
}

/** An image of the format this build reads; a document only where it can be compiled. */
function accepted() {
  const image = `${IMAGE};format=${imageFormat()}`;
  return hasCompiler() ? `${image}, application/json;q=0.1` : image;
}

/** Between 0.8 and 1.2 of it, so that a fleet does not ask in step. */
function jittered(ms) {
  return ms * (0.8 + 0.4 * Math.random());
}

/** Milliseconds since a moment; a clock that was set back counts as long ago. */
function since(moment) {
  const elapsed = Date.now() - moment;
  return elapsed < 0 ? Infinity : elapsed;
}
