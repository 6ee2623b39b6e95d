// What both OpenFeature providers share. No dependency on the SDKs: a provider is an object of a known shape.

// The names of the specification, as `ProviderEvents` of the SDKs has them.
const READY = "PROVIDER_READY";
const ERROR = "PROVIDER_ERROR";
const STALE = "PROVIDER_STALE";
const CONFIGURATION_CHANGED = "PROVIDER_CONFIGURATION_CHANGED";

/** Listeners by event, as the SDKs expect of a provider's `events`. */
class Emitter {
  #handlers = new Map();

  addHandler(event, handler) {
    const handlers = this.#handlers.get(event) ?? [];
    this.#handlers.set(event, [...handlers, handler]);
  }

  removeHandler(event, handler) {
    this.#handlers.set(event, this.getHandlers(event).filter((known) => known !== handler));
  }

  removeAllHandlers(event) {
    if (event === undefined) this.#handlers.clear();
    else this.#handlers.delete(event);
  }

  getHandlers(event) {
    return this.#handlers.get(event) ?? [];
  }

  setLogger() {
    return this;
  }

  emit(event, context) {
    for (const handler of this.getHandlers(event)) Promise.resolve().then(() => handler(context)).catch(() => {});
  }
}

export class FlaghoistBase {
  metadata = { name: "flaghoist" };
  hooks = [];
  events = new Emitter();
  #ends = [];

  /** @param {import("./index.js").Client | import("./index.js").Evaluator} source what answers: a client, or one bundle. */
  constructor(source) {
    this.source = source;
  }

  /** Resolves when there is a bundle; a client goes on trying when it rejects, and tells when one came. */
  async initialize() {
    const { source } = this;
    if (typeof source.on !== "function") return;
    let isReady = false;
    const listen = (event, tell) => this.#ends.push(source.on(event, tell));
    listen("change", () => {
      // The first bundle makes the provider ready, which the SDK says itself unless `initialize` had failed.
      if (isReady) this.events.emit(CONFIGURATION_CHANGED, { message: `revision ${source.revision}` });
    });
    listen("stale", () => this.events.emit(STALE, { message: "the server has not been heard of for a lease" }));
    listen("fresh", () => this.events.emit(READY, {}));
    listen("error", (error) => {
      if (!source.isReady) this.events.emit(ERROR, { message: String(error?.message ?? error) });
    });
    try {
      await source.ready();
      isReady = true;
    } catch (error) {
      listen("ready", () => {
        isReady = true;
        this.events.emit(READY, {});
      });
      throw error;
    }
  }

  async onClose() {
    for (const end of this.#ends.splice(0)) end();
    this.source.close?.();
  }

  track(name, context, details) {
    this.source.track?.(name, context, details);
  }
}

/** Details as the SDKs want them: `flagMetadata`, and an error beside the fallback. */
export function resolution(details, fallback) {
  const { value, variant, reason, errorCode, errorMessage, metadata, pins } = details;
  const flagMetadata = pins === undefined ? metadata : { ...metadata, pins: joined(pins) };
  if (errorCode !== undefined) return { value: fallback, reason, errorCode, errorMessage, flagMetadata };
  return { value, variant, reason, flagMetadata };
}

/** Flag metadata holds scalars only. */
function joined(pins) {
  return Object.entries(pins).map(([id, version]) => `${id}@${version}`).join(",");
}
