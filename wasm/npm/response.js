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

/** The body as text. Throws where it is longer than `max` bytes. */
export async function text(response, max) {
  if (!response.body) return response.text();
  const decoder = new TextDecoder();
  let bytes = 0;
  let whole = "";
  for await (const chunk of chunks(response.body)) {
    bytes += chunk.byteLength;
    if (bytes > max) throw new Error(`flaghoist: the bundle is larger than ${max} bytes`);
    whole += decoder.decode(chunk, { stream: true });
  }
  return whole + decoder.decode();
}
