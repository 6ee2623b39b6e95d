// flagd can sync from the bundle's address with no plugin: a reader that asks as flagd's HTTP sync does, feeding the
// official engine. Source: open-feature/flagd `core/pkg/sync/http/http_sync.go`.
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { createHash } from "node:crypto";
import zlib from "node:zlib";
import { extname } from "node:path";
import { FLAG, Flaghoist, fullPlan, isIn, keys, tool } from "./support.mjs";

const INSIDE = keys(1_000).find((key) => isIn(key, 500));

/** flagd's HTTP sync, one poll at a time. */
class Sync {
  constructor(uri, authorization) {
    Object.assign(this, { uri, authorization, etag: "", sha: "" });
  }

  /** What flagd would take in: the document of the first poll and of each that changed it; else nothing. */
  async poll({ all = false } = {}) {
    // Go sends a header of its own for each media type, and takes gzip without being asked to.
    const headers = ["host", new URL(this.uri).host, "accept", "application/json", "accept", "application/yaml", "accept-encoding", "gzip"];
    headers.push("user-agent", "Go-http-client/1.1", "authorization", this.authorization);
    if (this.etag && !all) headers.push("if-none-match", this.etag);
    const response = await new Promise((resolve, reject) => http.get(this.uri, { headers }, resolve).on("error", reject));
    const chunks = [];
    for await (const chunk of response) chunks.push(chunk);
    this.status = response.statusCode;
    if (this.status === 304) {
      assert.equal(chunks.length, 0);
      return undefined;
    }
    if (this.status < 200 || this.status > 299) throw new Error(`error fetching from url: ${this.status}`);
    this.etag = response.headers.etag ?? this.etag;
    const bytes = Buffer.concat(chunks);
    const body = response.headers["content-encoding"] === "gzip" ? zlib.gunzipSync(bytes) : bytes;
    // The address ends in no extension that would tell another format: the media type decides.
    assert.equal(extname(new URL(this.uri).pathname), "");
    assert.equal(response.headers["content-type"], "application/json");
    const sha = createHash("sha3-256").update(body).digest("base64url");
    const news = sha !== this.sha;
    this.sha = sha;
    return news ? body.toString() : undefined;
  }
}

test("flagd syncs from the bundle's address", async () => {
  const flaghoist = await Flaghoist.start({ web: false });
  flaghoist.cli("apply", fullPlan);
  flaghoist.deployAll();
  const { FlagdCore } = tool("@openfeature/flagd-core");
  const flagd = new FlagdCore();
  const value = () => flagd.resolveBooleanEvaluation(FLAG, false, { targetingKey: INSIDE }).value;
  const address = `${flaghoist.url}/api/v1/environments/production/bundle`;
  const sync = new Sync(address, `Bearer ${flaghoist.key("server")}`);

  const first = await sync.poll({ all: true });
  assert.deepEqual(flagd.setConfigurations(first).sort(), Object.keys(JSON.parse(first).flags).sort());
  assert.equal(value(), true);
  const tag = sync.etag;
  assert.match(tag, /^"[^"]+"$/);
  for (let poll = 0; poll < 2; poll++) {
    assert.equal(await sync.poll(), undefined);
    assert.deepEqual([sync.status, sync.etag], [304, tag]);
  }
  assert.equal(await sync.poll({ all: true }), undefined, "asked for all of it, it is the same to the byte");
  assert.equal(sync.status, 200);

  flaghoist.cli("contain", FLAG);
  const contained = await sync.poll();
  assert.equal(sync.status, 200);
  assert.ok(flagd.setConfigurations(contained).includes(FLAG));
  assert.equal(value(), false);
  assert.notEqual(sync.etag, tag);
  assert.equal(await sync.poll(), undefined);

  // What another environment declares is no news here.
  assert.equal((await flaghoist.request("/api/v1/environments/staging", { method: "PUT", body: "{}" })).status, 200);
  assert.equal(await sync.poll(), undefined);
  assert.equal(sync.status, 304);
});

test("a sync without a good key hears no document", async () => {
  const flaghoist = await Flaghoist.start({ web: false });
  flaghoist.cli("apply", fullPlan);
  const address = `${flaghoist.url}/api/v1/environments/production/bundle`;
  for (const [authorization, status] of [["Bearer fh_server_00", 401], ["Basic YTpi", 401], [`Bearer ${flaghoist.key("browser")}`, 403]]) {
    const sync = new Sync(address, authorization);
    await assert.rejects(sync.poll(), new RegExp(`: ${status}$`));
    assert.equal(sync.etag, "", "and keeps no tag");
  }
  // A browser key has an address of its own, to sync from in the same way.
  const sync = new Sync(`${address}/client`, `Bearer ${flaghoist.key("browser")}`);
  assert.ok(await sync.poll());
  assert.equal(await sync.poll(), undefined);
  assert.equal(sync.status, 304);
});
