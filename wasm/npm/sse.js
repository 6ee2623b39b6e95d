// Server-sent events over fetch, which unlike EventSource can carry an Authorization header.
// Source: WHATWG HTML, "Server-sent events", event stream interpretation.

const LINE_MAX = 1_000_000;

/** The events of a stream: `{type, data}`. Ends with the stream; throws where a line has no end. */
export async function* events(body) {
  let rest = "";
  let event = { type: "message", data: [] };
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    if (rest.length > LINE_MAX) throw new Error("flaghoist: a line of the stream has no end");
    for (const line of lines) {
      if (line === "") {
        if (event.data.length > 0) yield { type: event.type, data: event.data.join("\n") };
        event = { type: "message", data: [] };
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") event.data.push(value);
      else if (field === "event") event.type = value;
    }
  }
}
