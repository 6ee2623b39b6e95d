import type { Evaluator } from "./index.js";
export * from "./index.js";

/** Loads a flagd document (its text, its bytes or the parsed object) or an image. Throws where it cannot be read at all. */
export function createEvaluator(source: string | object | Uint8Array | ArrayBuffer): Evaluator;

/** Compiles a flagd document to an image. Throws where it cannot be read at all; a flag that cannot be read answers its error. */
export function compile(document: string | object | Uint8Array | ArrayBuffer): Uint8Array;
