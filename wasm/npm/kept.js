// The last good bundle, kept across page loads and worker restarts in the host's cache storage, or where the caller says.
// Keeping is a convenience: whatever fails here is as if nothing had been kept.

const CACHE = "flaghoist";

export class Kept {
  #store;

  /** Where to keep the bundle of an address for a key: `persist` is true for the host's own, or a store. Null is nowhere. */
  static of(persist, bundleUrl, key) {
    if (typeof persist === "object") return new Kept(persist);
    if (globalThis.caches === undefined || !/^https?:/.test(bundleUrl)) return null;
    return new Kept(new HostCache(`${bundleUrl}?kept=${fingerprint(key)}`));
  }

  constructor(store) {
    this.#store = store;
  }

  /** `{bundle, etag}`, or null. */
  async read() {
    try {
      const kept = await this.#store.read();
      return kept?.bundle?.byteLength > 0 ? { bundle: kept.bundle, etag: kept.etag ?? null } : null;
    } catch {
      return null;
    }
  }

  async write(bundle, etag) {
    try {
      await this.#store.write({ bundle, etag });
    } catch {
      // Storage that is full or forbidden.
    }
  }
}

/** Cache storage: browsers (secure contexts) and workers have it. */
class HostCache {
  #address;

  constructor(address) {
    this.#address = address;
  }

  #open() {
    // On Cloudflare the default cache is the one there is.
    return globalThis.caches.default ?? globalThis.caches.open(CACHE);
  }

  async read() {
    const kept = await (await this.#open()).match(this.#address);
    if (!kept) return null;
    return { bundle: new Uint8Array(await kept.arrayBuffer()), etag: kept.headers.get("x-flaghoist-etag") };
  }

  async write({ bundle, etag }) {
    const headers = { "content-type": "application/octet-stream", "cache-control": "max-age=31536000" };
    if (etag !== null) headers["x-flaghoist-etag"] = etag;
    await (await this.#open()).put(this.#address, new Response(bundle, { headers }));
  }
}

/** Tells keys apart without keeping them. */
function fingerprint(key) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
