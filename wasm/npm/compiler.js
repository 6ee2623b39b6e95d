// From a flagd document to an image. Each document gets an instance of its own, whose memory goes when the image is there.
const encoder = new TextEncoder();
const IMPORTS = { "./flaghoist_compiler_bg.js": { __wbindgen_init_externref_table() {} } };
/** What the compiler itself refuses; a larger one need not be copied to be refused. */
const DOCUMENT_MAX = 8 * 1024 * 1024;

/**
 * A function that compiles a document: its text, its bytes or the parsed object.
 * @param {WebAssembly.Module} module
 */
export function compilerOf(module) {
  return function compile(document) {
    const bytes = bytesOf(document);
    const { memory, input, compile, output, outputLength } = new WebAssembly.Instance(module, IMPORTS).exports;
    const place = input(bytes.length) >>> 0;
    new Uint8Array(memory.buffer, place).set(bytes.subarray(0, DOCUMENT_MAX + 1));
    const ok = compile() !== 0;
    const result = new Uint8Array(memory.buffer, output() >>> 0, outputLength() >>> 0).slice();
    if (!ok) throw new Error(new TextDecoder().decode(result));
    return result;
  };
}

function bytesOf(document) {
  if (document instanceof ArrayBuffer) return new Uint8Array(document);
  if (ArrayBuffer.isView(document)) return new Uint8Array(document.buffer, document.byteOffset, document.byteLength);
  return encoder.encode(typeof document === "string" ? document : (JSON.stringify(document) ?? ""));
}
