// Server-sent events over fetch, which unlike EventSource can carry an Authorization header.
// Source: WHATWG HTML, "Server-sent events", event stream interpretation.
import { chunks } from "./response.js";

/** Most characters of one event: news are short, and a stream that never ends one must not fill the memory. */
const EVENT_MAX = 1_000_000;

/** The events of a stream: `{type, data}`. Ends with the stream; throws where an event has no end. */
export async function* events(body) {
  const decoder = new TextDecoder();
  let rest = "";
  let event = { type: "message", data: [], size: 0 };
  for await (const chunk of chunks(body)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.data.length > 0) yield { type: event.type, data: event.data.join("\n") };
        event = { type: "message", data: [], size: 0 };
        continue;
      }
      event.size += line.length;
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") event.data.push(value);
      else if (field === "event") event.type = value || "message";
    }
    if (rest.length + event.size > EVENT_MAX) throw new Error("flaghoist: an event of the stream has no end");
  }
}
