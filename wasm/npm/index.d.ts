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
  reason: Reason;
  errorCode?: ErrorCode;
  errorMessage?: string;
  /** Of a Flaghoist bundle: ledger, revision, release, epoch, exposure; for a closed flag cause and missing pins. */
  metadata: Record<string, string | number | boolean>;
}

/** Flags and artefact versions for one context, from one bundle. */
export interface Snapshot {
  readonly ledger: string;
  readonly revision: number;
  readonly flags: Readonly<Record<string, unknown>>;
  /** `kind:name` → version. */
  readonly artefacts: Readonly<Record<string, string>>;
}

/** What answers. Nothing here throws; what cannot be answered is the fallback. */
export interface Evaluation {
  boolean(key: string, context?: Context, fallback?: boolean): boolean;
  string(key: string, context?: Context, fallback?: string): string;
  number(key: string, context?: Context, fallback?: number): number;
  object<T extends object | null>(key: string, context?: Context, fallback?: T): T;
  /** The version of `kind:name` that this context gets, or null. */
  artefact(id: string, context?: Context): string | null;
  details<T>(key: string, context: Context | undefined, fallback: T): Details<T>;
  /** Every flag's value; flags that leave it to the caller are absent. */
  all(context?: Context): Record<string, unknown>;
  snapshot(context?: Context): Snapshot;
  /** Of the bundle that answers; empty and 0 before the first, and for a document that names none. */
  readonly ledger: string;
  readonly revision: number;
}

/** The flags of one bundle. */
export class Evaluator implements Evaluation {
  private constructor();
  boolean(key: string, context?: Context, fallback?: boolean): boolean;
  string(key: string, context?: Context, fallback?: string): string;
  number(key: string, context?: Context, fallback?: number): number;
  object<T extends object | null>(key: string, context?: Context, fallback?: T): T;
  artefact(id: string, context?: Context): string | null;
  details<T>(key: string, context: Context | undefined, fallback: T): Details<T>;
  all(context?: Context): Record<string, unknown>;
  snapshot(context?: Context): Snapshot;
  keys(): string[];
  readonly ledger: string;
  readonly revision: number;
  /** Releases memory at once. Every answer is the fallback from then on. */
  free(): void;
}

/** Loads a flagd document. Throws where it cannot be read at all. */
export function createEvaluator(document: string | object | Uint8Array | ArrayBuffer): Evaluator;

export interface ClientOptions {
  /** Where Flaghoist answers: `https://flags.example`. */
  url: string;
  /** An evaluation key: `fh_server_…`, or in a browser `fh_browser_…`, which sees the flags marked for clients. */
  key: string;
  /** Default: `production`. */
  environment?: string;
  /** How often to ask for a newer bundle, in milliseconds, jittered by a fifth. Default: 30,000. Not on workers. */
  refreshMs?: number;
  /** Whether to listen for news. Default: true, but on workers, which revalidate when used. */
  stream?: boolean;
  /** A bundle to start from, as JSON text or parsed. One that cannot be read goes to `onError`. */
  bootstrap?: string | object;
  /** Called after each new bundle. */
  onChange?: (client: Client) => void;
  /** Called when a refresh failed. The last good bundle stays; the next try comes sooner. */
  onError?: (error: unknown) => void;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
}

/** Keeps the flags of one environment fresh. Before the first bundle every answer is the fallback. */
export class Client implements Evaluation {
  constructor(options: ClientOptions);
  /** Resolves when there is a bundle; rejects when loading it failed. The client goes on trying. */
  ready(): Promise<this>;
  readonly isReady: boolean;
  readonly evaluator: Evaluator | null;
  /** Asks for a newer bundle now. */
  refresh(): Promise<void>;
  /** For workers: asks for a newer bundle at most once a second, in `ctx.waitUntil`. */
  revalidate(ctx?: { waitUntil(work: Promise<unknown>): void }): void;
  /** Stops timers and the stream, which keeps a Node process alive. The last bundle still answers. */
  close(): void;
  boolean(key: string, context?: Context, fallback?: boolean): boolean;
  string(key: string, context?: Context, fallback?: string): string;
  number(key: string, context?: Context, fallback?: number): number;
  object<T extends object | null>(key: string, context?: Context, fallback?: T): T;
  artefact(id: string, context?: Context): string | null;
  details<T>(key: string, context: Context | undefined, fallback: T): Details<T>;
  all(context?: Context): Record<string, unknown>;
  snapshot(context?: Context): Snapshot;
  readonly ledger: string;
  readonly revision: number;
}
