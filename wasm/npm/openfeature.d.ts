import type { Client, Evaluator } from "./index.js";

// The SDKs' types are structural: these classes fit `Provider` of `@openfeature/server-sdk` and `@openfeature/web-sdk`.
interface ResolutionDetails<T> {
  value: T;
  variant?: string;
  reason?: string;
  errorCode?: any;
  errorMessage?: string;
  flagMetadata?: Record<string, string | number | boolean>;
}

declare class FlaghoistBase {
  constructor(source: Client | Evaluator);
  readonly metadata: { readonly name: string };
  readonly hooks: any[];
  readonly events: any;
  initialize(context?: unknown): Promise<void>;
  onClose(): Promise<void>;
  track(name: string, context?: any, details?: any): void;
}

/** For servers and edge workers, from `flaghoist/openfeature-server`. */
export class FlaghoistProvider extends FlaghoistBase {
  readonly runsOn: "server";
  resolveBooleanEvaluation(key: string, fallback: boolean, context: any): Promise<ResolutionDetails<boolean>>;
  resolveStringEvaluation(key: string, fallback: string, context: any): Promise<ResolutionDetails<string>>;
  resolveNumberEvaluation(key: string, fallback: number, context: any): Promise<ResolutionDetails<number>>;
  resolveObjectEvaluation<T>(key: string, fallback: T, context: any): Promise<ResolutionDetails<T>>;
}

/** For browsers, from `flaghoist/openfeature-web`. */
export class FlaghoistWebProvider extends FlaghoistBase {
  readonly runsOn: "client";
  onContextChange(): void;
  resolveBooleanEvaluation(key: string, fallback: boolean, context: any): ResolutionDetails<boolean>;
  resolveStringEvaluation(key: string, fallback: string, context: any): ResolutionDetails<string>;
  resolveNumberEvaluation(key: string, fallback: number, context: any): ResolutionDetails<number>;
  resolveObjectEvaluation<T>(key: string, fallback: T, context: any): ResolutionDetails<T>;
}
