// The npm package's client: a server that misbehaves in every way it can, in Node and in workerd.
import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { FLAG, Worker, npmPackage, part, until } from "./support.mjs";

const { Client, compile } = await npmPackage();

/** A server that answers by script. */
async function scripted(answer) {
  const server = http.createServer((request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.closeAllConnections() ?? server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

const bundle = (revision, value, ledger = "l1", key = "on") =>
  JSON.stringify({
    metadata: { ledger, revision },
    flags: { [key]: { state: "ENABLED", variants: { yes: true, no: false }, defaultVariant: value ? "yes" : "no" } },
  });

const HOUR = 3_600_000;
const isStream = (request) => request.url.endsWith("/stream");

/** Begins an event stream and tells a revision, as the server does first thing. */
function tell(response, revision) {
  if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(`event: revision\ndata: {"ledger":"l1","revision":${revision}}\n\n`);
}

function client(options) {
  const made = new Client({ key: "fh_server_x", refreshMs: HOUR, ...options });
  after(() => made.close());
  return made;
}

test("a client keeps the last good bundle through whatever its server answers", async () => {
  let reply = () => [200, bundle(5, true), '"5"'];
  const asked = [];
  const url = await scripted((request, response) => {
    asked.push([request.url, request.headers["if-none-match"], request.headers.authorization]);
    const [status, body, etag] = reply(request);
    response.writeHead(status, etag ? { etag } : {}).end(body);
  });
  const errors = [];
  let changes = 0;
  const client = new Client({ url, key: "fh_server_x", stream: false, onChange: () => changes++, onError: (error) => errors.push(error.message) });
  after(() => client.close());
  assert.equal(client.boolean("on", {}, false), false, "before the first bundle the fallback answers");
  assert.equal(client.details("on", {}, false).errorCode, "PROVIDER_NOT_READY");
  await client.ready();
  assert.deepEqual([client.boolean("on"), client.revision, changes], [true, 5, 1]);
  assert.deepEqual(asked[0], ["/api/v1/environments/production/bundle", undefined, "Bearer fh_server_x"]);

  reply = () => [304, ""];
  await client.refresh();
  assert.equal(asked.at(-1)[1], '"5"', "asks with the tag it has");

  for (const bad of [() => [500, "no"], () => [200, "<html>"], () => [200, '{"flags": 1}'], () => [403, "{}"]]) {
    reply = bad;
    await assert.rejects(client.refresh());
    assert.deepEqual([client.boolean("on"), client.revision], [true, 5]);
  }
  assert.equal(errors.length, 4);

  reply = () => [200, bundle(4, false), '"4"'];
  await client.refresh();
  assert.deepEqual([client.boolean("on"), client.revision], [true, 5], "an older bundle of the same ledger is passed over");
  reply = () => [200, bundle(6, false), '"6"'];
  await client.refresh();
  assert.deepEqual([client.boolean("on", {}, true), client.revision], [false, 6]);
  reply = () => [200, bundle(1, true, "l2"), '"1"'];
  await client.refresh();
  assert.deepEqual([client.boolean("on"), client.revision, changes], [true, 1, 3], "a new ledger begins anew");
});

test("a client starts from a bundle at hand, and a browser key asks for what it may see", async () => {
  const asked = [];
  const url = await scripted((request, response) => {
    asked.push(request.url);
    response.writeHead(503).end();
  });
  const client = new Client({ url, key: "fh_browser_x", environment: "staging", bootstrap: bundle(3, true), stream: false });
  after(() => client.close());
  assert.equal(client.boolean("on"), true);
  await assert.rejects(client.refresh());
  assert.equal(client.boolean("on"), true);
  assert.ok(asked.every((path) => path === "/api/v1/environments/staging/bundle/client"), asked.join());
});

test("a listener that throws does not stop the client; a stream that breaks is taken up again", async () => {
  let revision = 1;
  let streams = 0;
  const url = await scripted((request, response) => {
    if (!request.url.endsWith("/stream")) return response.end(bundle(revision, revision % 2 === 0));
    streams++;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": open\n\n");
    revision++;
    // Cut in the middle of an event, then the line comes after all.
    response.write(`event: revision\r\nda`);
    response.end(`ta: {"ledger":"l1","revision":${revision}}\r\n\r\n`);
  });
  const client = new Client({ url, key: "fh_server_x", refreshMs: 3_600_000 });
  after(() => client.close());
  await client.ready();
  await until("two streams to bring news", () => streams >= 2 && client.revision >= 3);
});

test("news that come while a load is under way are not lost", async () => {
  const encoder = new TextEncoder();
  const later = () => new Promise(setImmediate);
  let release;
  const released = new Promise((resolve) => (release = resolve));
  let loads = 0;
  // In this process, so that the order is certain: the first load is answered, the news are heard, the answer is read.
  const stream = new ReadableStream({
    async pull(controller) {
      controller.enqueue(encoder.encode('event: revision\ndata: {"ledger":"l1","revision":2}\n\n'));
      await later();
      release();
      await new Promise(() => {});
    },
  }, { highWaterMark: 0 });
  const answered = async () => {
    if (++loads > 1) return new Response(bundle(2, true));
    await released;
    return new Response(bundle(1, false));
  };
  const flags = client({ url: "http://flaghoist.example", acknowledge: false, fetch: (url) => (url.endsWith("/stream") ? Promise.resolve(new Response(stream)) : answered()) });
  await until("what the news were of", () => flags.revision === 2, 5_000);
  assert.deepEqual([flags.boolean("on"), loads], [true, 2]);
});

test("a server's client tells what it serves, at each refresh and after each new bundle; a page's does not", async () => {
  for (const [key, options, tells] of [["fh_server_x", {}, true], ["fh_browser_x", {}, false], ["fh_server_x", { acknowledge: false }, false]]) {
    let revision = 5;
    const heard = [];
    const url = await scripted(async (request, response) => {
      if (request.method === "GET") {
        heard.push(request.headers["flaghoist-edge"]);
        return response.writeHead(200, { etag: `"${revision}"` }).end(bundle(revision, true));
      }
      let body = "";
      for await (const part of request) body += part;
      heard.push(JSON.parse(body));
      response.writeHead(200).end("null");
    });
    const flags = client({ url, key, stream: false, persist: false, ...options });
    await flags.ready();
    if (!tells) {
      await flags.refresh();
      assert.deepEqual(heard, [undefined, undefined]);
      continue;
    }
    await until("the acknowledgement", () => heard.length === 2);
    const { edge } = heard[1];
    assert.deepEqual(heard, [`${edge};revision=0`, { edge, revision: 5 }]);
    revision = 6;
    await flags.refresh();
    await until("the next one", () => heard.length === 4);
    assert.deepEqual(heard.slice(2), [`${edge};revision=5`, { edge, revision: 6 }]);
  }
});

test("news whose bundle cannot be had are heard again", async () => {
  let refusals = 0;
  const url = await scripted((request, response) => {
    if (isStream(request)) return tell(response, 2);
    if (request.headers["if-none-match"] === undefined) return response.writeHead(200, { etag: '"1"' }).end(bundle(1, false));
    if (refusals++ < 2) return response.writeHead(503).end();
    response.end(bundle(2, true));
  });
  const errors = [];
  const flags = client({ url, onError: (error) => errors.push(error.message) });
  await until("the bundle after two refusals", () => flags.boolean("on", {}, false));
  assert.ok(errors.every((message) => /answered 503/.test(message)), errors.join());
  assert.ok(refusals >= 2);
});

test("a server that is away at first is asked again soon, with no stream too", async () => {
  let asked = 0;
  const url = await scripted((request, response) => {
    if (asked++ === 0) return response.writeHead(500).end();
    response.end(bundle(1, true));
  });
  const flags = client({ url, stream: false });
  await assert.rejects(flags.ready(), /answered 500/);
  await until("the next try", () => flags.isReady);
  assert.equal(flags.boolean("on"), true);
});

test("what another origin answers, and what is too large, is no bundle", async () => {
  const elsewhere = await scripted((request, response) => response.end(bundle(9, false, "l9")));
  let reply = (response) => response.end(bundle(1, true));
  const url = await scripted((request, response) => reply(response, request));
  const flags = client({ url, stream: false });
  await flags.ready();
  const blank = " ".repeat(1024 * 1024);
  const cases = [
    [/redirects to another origin/, (response) => response.writeHead(307, { location: `${elsewhere}/x` }).end()],
    [/larger than 8388608 bytes/, (response) => {
      const more = () => !response.destroyed && response.write(blank, more);
      more();
    }],
  ];
  for (const [message, bad] of cases) {
    reply = bad;
    await assert.rejects(flags.refresh(), message);
    assert.deepEqual([flags.boolean("on"), flags.revision, flags.ledger], [true, 1, "l1"]);
  }
  reply = (response, request) =>
    request.url.endsWith("/moved") ? response.end(bundle(2, false)) : response.writeHead(307, { location: `${url}/moved` }).end();
  await flags.refresh();
  assert.equal(flags.revision, 2, "within the origin a redirect is followed");
});

test("a kept bundle that cannot be read is reported, and the server asked as ever", async () => {
  const url = await scripted((request, response) => response.end(bundle(1, true)));
  for (const bootstrap of ["{", "", 5, null, [], 10n, "\ud800"]) {
    const errors = [];
    const flags = client({ url, stream: false, bootstrap, onError: (error) => errors.push(error) });
    await flags.ready();
    assert.ok(errors[0] instanceof Error, String(bootstrap));
    assert.equal(flags.boolean("on"), true);
  }
});

test("a closed client asks nothing more and still answers", async () => {
  let asked = 0;
  const url = await scripted((request, response) => {
    if (isStream(request)) return tell(response, 1);
    asked++;
    response.end(bundle(1, true));
  });
  const flags = client({ url });
  await flags.ready();
  flags.close();
  flags.close();
  const before = asked;
  await assert.rejects(flags.refresh());
  assert.deepEqual([flags.boolean("on"), asked], [true, before]);
});

test("events are the same however the stream is cut", async () => {
  const { events } = await import(pathToFileURL(`${part("FLAGHOIST_NPM_DIST")}/sse.js`).href);
  const read = async (...chunks) => {
    const list = [];
    for await (const event of events(new Blob(chunks).stream())) list.push(`${event.type} ${event.data}`);
    return list;
  };
  const text = "\ufeff: hello\n\nevent: revision\r\ndata: é😀\r\n\r\ndata:a\rdata: b\r\rid: 7\nretry: 5\nevent:\ndata\n\nevent: x\n\ndata: cut";
  const expected = ["revision é😀", "message a\nb", "message "];
  const bytes = new TextEncoder().encode(text);
  assert.deepEqual(await read(bytes), expected);
  for (let at = 1; at < bytes.length; at++) {
    const cut = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, at));
        controller.enqueue(bytes.slice(at));
        controller.close();
      },
    });
    const list = [];
    for await (const event of events(cut)) list.push(`${event.type} ${event.data}`);
    assert.deepEqual(list, expected, `cut at ${at}`);
  }
  for (const endless of ["data: ".padEnd(1_000_007, "x"), "data: x\n".repeat(200_000)]) {
    await assert.rejects(read(endless), /no end/);
  }
});

test("a worker answers whatever its server does, and asks at most once a second", async () => {
  let reply = (response) => response.writeHead(503).end();
  let asked = 0;
  const url = await scripted((request, response) => {
    asked++;
    reply(response);
  });
  const worker = await Worker.start({ url, key: () => "fh_server_x" });
  assert.deepEqual(await worker.ask("user-1").then(({ enabled, reason }) => [enabled, reason]), [false, "ERROR"]);

  // A worker has no compiler: it is served images.
  const image = (...of) => compile(bundle(...of));
  reply = (response) => response.end(image(1, true, "l1", FLAG));
  await until("the worker to have a bundle", async () => (await worker.ask("user-1")).enabled);

  const start = Date.now();
  asked = 0;
  let answers = 0;
  while (Date.now() - start < 2_500) {
    assert.equal((await worker.ask("user-1")).enabled, true);
    answers++;
  }
  const seconds = (Date.now() - start) / 1_000;
  assert.ok(asked >= 1 && asked <= Math.ceil(seconds) + 1, `${asked} loads, ${answers} answers in ${seconds} s`);

  for (const bad of [(r) => r.writeHead(500).end(), (r) => r.end("<html>"), (r) => r.end(image(0, false, "l1", FLAG)), (r) => r.end(bundle(2, false, "l1", FLAG)), (r) => r.end(image(2, false, "l1", FLAG).subarray(0, 99)), (r) => r.destroy()]) {
    reply = bad;
    asked = 0;
    await until("the worker to have asked", async () => {
      assert.equal((await worker.ask("user-1")).enabled, true, "the last good bundle answers");
      return asked > 0;
    });
    assert.equal((await worker.ask("user-1")).enabled, true);
  }
  reply = (response) => response.end(image(2, false, "l1", FLAG));
  await until("the worker to take up the next", async () => !(await worker.ask("user-1")).enabled);
});
