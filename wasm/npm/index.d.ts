/** What is known about the subject of an evaluation. */
export interface Context {
  /** Who: the same key gets the same answer. */
  targetingKey?: string;
  [attribute: string]: unknown;
}

export type Reason =
  | "STATIC" | "DEFAULT" | "TARGETING_MATCH" | "SPLIT" | "DISABLED" | "STALE" | "CACHED" | "ERROR";

export type ErrorCode =
  | "FLAG_NOT_FOUND" | "PARSE_ERROR" | "TYPE_MISMATCH" | "TARGETING_KEY_MISSING" | "INVALID_CONTEXT" | "GENERAL"
  | "PROVIDER_NOT_READY";

/** A whole answer, loggable as it is. */
export interface Details<T = unknown> {
  flagKey: string;
  /** The value, or the fallback where the flag leaves it to the caller. */
  value: T;
  variant?: string;
  /** `STALE` where a client's lease ended without word from the server: the answer may be out of date. */
  reason: Reason;
  errorCode?: ErrorCode;
  errorMessage?: string;
  /** Of a Flaghoist bundle: ledger, revision, release, epoch, exposure; for a closed flag cause and missing pins. */
  metadata: Record<string, string | number | boolean>;
  /** The versions of the feature's parts that this context gets: `kind:name` → version. */
  pins?: Record<string, string>;
}

/** Flags and artefact versions for one context, from one bundle. */
export interface Snapshot {
  readonly ledger: string;
  readonly revision: number;
  readonly flags: Readonly<Record<string, unknown>>;
  /** `kind:name` → version. */
  readonly artefacts: Readonly<Record<string, string>>;
}

/** A context read once, to ask many flags about: what it held then is what they see. Nothing here throws. */
export interface Prepared {
  boolean(key: string, fallback?: boolean): boolean;
  string(key: string, fallback?: string): string;
  number(key: string, fallback?: number): number;
  object<T extends object | null>(key: string, fallback?: T): T;
  artefact(id: string): string | null;
  details<T>(key: string, fallback: T): Details<T>;
  /** Every flag's answer as a number, in the order of `keys()`: `variant | reason << 16 | error << 24`, variant 0xffff is none. */
  packed(): Uint32Array;
  all(): Record<string, unknown>;
  snapshot(): Snapshot;
}

/** What answers. Nothing here throws; what cannot be answered is the fallback. */
export interface Evaluation {
  boolean(key: string, context?: Context, fallback?: boolean): boolean;
  string(key: string, context?: Context, fallback?: string): string;
  number(key: string, context?: Context, fallback?: number): number;
  /** The value is frozen. */
  object<T extends object | null>(key: string, context?: Context, fallback?: T): T;
  /** The version of `kind:name` that this context gets, or null. */
  artefact(id: string, context?: Context): string | null;
  details<T>(key: string, context: Context | undefined, fallback: T): Details<T>;
  prepare(context?: Context): Prepared;
  /** As `Prepared.packed`. */
  packed(context?: Context): Uint32Array;
  /** Every flag's value; flags that leave it to the caller are absent. */
  all(context?: Context): Record<string, unknown>;
  snapshot(context?: Context): Snapshot;
  /** Of the bundle that answers; empty and 0 before the first, and for a document that names none. */
  readonly ledger: string;
  readonly revision: number;
}

/** The flags of one bundle. */
export interface Evaluator extends Evaluation {
  /** Every flag's key, in the order of `packed`. */
  keys(): string[];
  /** What a number of `packed` says of the flag at that place. */
  unpack(index: number, packed: number): Partial<Details>;
  /** The image it answers from: what to keep, and to load again. Null when freed. */
  image(): Uint8Array | null;
  /** Bytes of the WebAssembly memory, which all evaluators of a process or page share. */
  readonly memory: number;
  /** Releases memory at once. Every answer is the fallback from then on. */
  free(): void;
}

/** Loads a compiled image; `flaghoist/json` loads documents too. Throws where it cannot be read at all. */
export function createEvaluator(image: Uint8Array | ArrayBuffer): Evaluator;

/** Where a client keeps its last good bundle. What it throws counts as nothing kept. */
export interface BundleStore {
  read(): Promise<{ bundle: Uint8Array; etag: string | null } | null | undefined>;
  write(kept: { bundle: Uint8Array; etag: string | null }): Promise<void>;
}

export interface ClientOptions {
  /** Where Flaghoist answers: `https://flags.example`. */
  url: string;
  /** An evaluation key: `fh_server_…`, or in a browser `fh_browser_…`, which sees the flags marked for clients. */
  key: string;
  /** Default: `production`. */
  environment?: string;
  /** How often to ask for a newer bundle, in milliseconds, jittered by a fifth. Default: 30,000. Not on workers. */
  refreshMs?: number;
  /** How long answers count as current without word from the server, in milliseconds. Default: 60,000. */
  leaseMs?: number;
  /** Whether to listen for news. Default: true, but on workers, which revalidate when used. */
  stream?: boolean;
  /** Whether to tell the server which revision is served, so that rollbacks need not wait for a lease. Default: with a server key. */
  acknowledge?: boolean;
  /** A bundle to start from: an image, or with `flaghoist/json` a document. One that cannot be read goes to `error`. */
  bootstrap?: Uint8Array | ArrayBuffer | string | object;
  /** Where the last good bundle is kept. Default: the host's cache storage where it has one; `false` is nowhere. */
  persist?: boolean | BundleStore;
  /** Called after each new bundle: as `on("change", …)`. */
  onChange?: (client: Client) => void;
  /** Called when a refresh failed: as `on("error", …)`. The last good bundle stays; the next try comes sooner. */
  onError?: (error: unknown) => void;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
}

/** An outcome, with what was served: what `track` hands to its listeners. */
export interface Outcome {
  name: string;
  context?: Context;
  details: { value?: number; [key: string]: unknown };
  ledger: string;
  revision: number;
}

/** Keeps the flags of one environment fresh. Before the first bundle every answer is the fallback. */
export class Client implements Evaluation {
  constructor(options: ClientOptions);
  /** Resolves when there is a bundle, fresh or kept; rejects when loading it failed. The client goes on trying. */
  ready(): Promise<this>;
  /** `ready`: the first bundle. `change`: each new one. `stale`, `fresh`: the lease ended, word came again. Ends by the function given. */
  on(event: "ready" | "change" | "stale" | "fresh", listener: (client: Client) => void): () => void;
  on(event: "error", listener: (error: unknown) => void): () => void;
  on(event: "track", listener: (outcome: Outcome) => void): () => void;
  readonly isReady: boolean;
  readonly isStale: boolean;
  readonly evaluator: Evaluator | null;
  /** Asks for a newer bundle now. */
  refresh(): Promise<void>;
  /** For workers: asks for a newer bundle at most once a second, in `ctx.waitUntil`. */
  revalidate(ctx?: { waitUntil(work: Promise<unknown>): void }): void;
  /** Hands an outcome to the listeners of `track`. */
  track(name: string, context?: Context, details?: { value?: number; [key: string]: unknown }): void;
  /** Stops timers and the stream, which keeps a Node process alive. The last bundle still answers. */
  close(): void;
  boolean(key: string, context?: Context, fallback?: boolean): boolean;
  string(key: string, context?: Context, fallback?: string): string;
  number(key: string, context?: Context, fallback?: number): number;
  object<T extends object | null>(key: string, context?: Context, fallback?: T): T;
  artefact(id: string, context?: Context): string | null;
  details<T>(key: string, context: Context | undefined, fallback: T): Details<T>;
  prepare(context?: Context): Prepared;
  packed(context?: Context): Uint32Array;
  all(context?: Context): Record<string, unknown>;
  snapshot(context?: Context): Snapshot;
  readonly ledger: string;
  readonly revision: number;
}
