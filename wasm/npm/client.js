// Keeps an evaluator fresh: loads the bundle, asks again with its entity tag, listens for news where the host allows,
// and keeps the last good bundle whatever happens.
import { createEvaluator } from "./evaluator.js";
import { events } from "./sse.js";

const REFRESH_MS = 30_000;
const REVALIDATE_MS = 1_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
const REQUEST_MAX_MS = 10_000;

// Workers forbid timers outside requests and sharing I/O between them: there a client refreshes when it is used.
const isWorker = globalThis.navigator?.userAgent === "Cloudflare-Workers";

export class Client {
  #options;
  #evaluator = null;
  #etag = null;
  #loading = null;
  #checked = 0;
  #timer = null;
  #closed = new AbortController();

  /**
   * @param {object} options see `ClientOptions` in index.d.ts
   */
  constructor(options) {
    const { url, key, environment = "production" } = options;
    const base = `${String(url).replace(/\/+$/, "")}/api/v1/environments/${environment}/bundle`;
    const isBrowserKey = String(key).startsWith("fh_browser_");
    this.#options = {
      fetch: (...call) => globalThis.fetch(...call),
      refreshMs: REFRESH_MS,
      stream: !isWorker,
      onChange: () => {},
      onError: () => {},
      ...options,
      bundleUrl: isBrowserKey ? `${base}/client` : base,
      streamUrl: `${base}/stream`,
    };
    if (options.bootstrap !== undefined) this.#accept(options.bootstrap, null);
    if (!isWorker) {
      this.ready().catch(() => {});
      this.#schedule(this.#options.refreshMs);
      if (this.#options.stream) this.#listen();
    }
  }

  /** Resolves when there is a bundle; rejects when the first load failed. */
  async ready() {
    if (this.#evaluator === null) await this.refresh();
    if (this.#evaluator === null) throw new Error("flaghoist: there is no bundle yet");
    return this;
  }

  /** Whether there is a bundle to answer from. */
  get isReady() {
    return this.#evaluator !== null;
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
    if (this.#evaluator !== null) return this.#evaluator.details(key, context, fallback);
    const errorMessage = "there is no bundle yet";
    return { flagKey: key, value: fallback, reason: "ERROR", errorCode: "PROVIDER_NOT_READY", errorMessage, metadata: {} };
  }

  all(context) {
    return this.#evaluator === null ? {} : this.#evaluator.all(context);
  }

  snapshot(context) {
    const empty = { ledger: "", revision: 0, flags: {}, artefacts: {} };
    return this.#evaluator === null ? empty : this.#evaluator.snapshot(context);
  }

  /**
   * Asks for a newer bundle if a second has passed since the last time; for workers, where nothing runs between
   * requests. Pass the request's execution context, so that the answer does not wait for it.
   */
  revalidate(ctx) {
    if (Date.now() - this.#checked < REVALIDATE_MS) return;
    const work = this.refresh().catch(() => {});
    ctx?.waitUntil?.(work);
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
  }

  async #load() {
    this.#checked = Date.now();
    try {
      const headers = { authorization: `Bearer ${this.#options.key}` };
      if (this.#etag !== null) headers["if-none-match"] = this.#etag;
      const response = await this.#fetch(this.#options.bundleUrl, headers, REQUEST_MAX_MS);
      if (response.status === 304) return;
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`flaghoist: the bundle's address answered ${response.status}`);
      }
      this.#accept(await response.text(), response.headers.get("etag"));
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#tell(this.#options.onError, error);
      throw error;
    }
  }

  /** Takes a bundle up unless it is older than the one at hand. */
  #accept(document, etag) {
    const next = createEvaluator(document);
    const current = this.#evaluator;
    // Revisions order one ledger's bundles; a new ledger is taken from the configured address only.
    if (current !== null && next.ledger === current.ledger && next.revision < current.revision) {
      next.free();
      return;
    }
    this.#evaluator = next;
    this.#etag = etag;
    // The old one is left to the garbage collector: somebody may still hold it.
    const isChange = current === null || next.revision !== current.revision || next.ledger !== current.ledger;
    if (isChange) this.#tell(this.#options.onChange, this);
  }

  #schedule(after) {
    if (this.#closed.signal.aborted) return;
    // Between 0.8 and 1.2 of it, so that a fleet does not ask in step.
    const delay = after * (0.8 + 0.4 * Math.random());
    this.#timer = setTimeout(() => {
      this.refresh().then(
        () => this.#schedule(this.#options.refreshMs),
        () => this.#schedule(Math.min(this.#options.refreshMs, RETRY_MAX_MS)),
      );
    }, delay);
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
          wait = RETRY_MIN_MS;
          if (event.type !== "revision") continue;
          const news = JSON.parse(event.data);
          const current = this.#evaluator;
          if (news.revision !== current?.revision || news.ledger !== current?.ledger) await this.refresh().catch(() => {});
        }
      } catch {
        // Reported by the refresh that follows, if the server is really away.
      }
      await this.#pause(wait * (0.8 + 0.4 * Math.random()));
      wait = Math.min(wait * 2, RETRY_MAX_MS);
    }
  }

  #fetch(url, headers, timeout) {
    const signals = [this.#closed.signal];
    if (timeout !== undefined) signals.push(AbortSignal.timeout(timeout));
    return this.#options.fetch(url, { headers, signal: AbortSignal.any(signals) });
  }

  #pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer?.unref?.();
      this.#closed.signal.addEventListener("abort", resolve, { once: true });
    });
  }

  #tell(listener, argument) {
    try {
      listener(argument);
    } catch (error) {
      // A listener's fault is its owner's, and must not stop the client.
      queueMicrotask(() => console.error(error));
    }
  }
}
