// Reads a response's body, never more of it than is asked for.

/** The chunks of a body as they come. By its reader: not every browser iterates over streams. */
export async function* chunks(body) {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops reading gives the connection back.
    reader.cancel().catch(() => {});
  }
}

/** The body's bytes. Throws where there are more than `max`. */
export async function bytes(response, max) {
  const parts = [];
  let length = 0;
  for await (const chunk of response.body ? chunks(response.body) : []) {
    length += chunk.byteLength;
    if (length > max) throw new Error(`flaghoist: the bundle is larger than ${max} bytes`);
    parts.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
