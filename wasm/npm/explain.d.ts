import type { Client, Context, Details, Evaluator } from "./index.js";

/** One step of targeting. */
export interface Step {
  /** Where in the rule: `targeting`, `targeting.if.0`. */
  path: string;
  /** The operator, or the kind of a literal. */
  operator: string;
  /** What it gave; absent where targeting failed there. */
  value?: unknown;
  bucketing?: Bucketing;
}

/** How a share was found: `from <= bucket < to` of `total`. */
export interface Bucketing {
  hash: number;
  bucket: number;
  total: number;
  from: number;
  to: number;
}

/** A flag that another rests on, as it answers the same user. */
export interface Prerequisite {
  flagKey: string;
  /** Whether it lets the user through. */
  met: boolean;
  reason: string;
  /** Why it is closed for everybody, where it is. */
  cause?: string;
  bucketing?: Bucketing;
}

/** An answer with the way it came about; no `value` where the caller's default applies. */
export interface Explained extends Partial<Details> {
  flagKey: string;
  /** The share that decided. */
  bucketing?: Bucketing;
  /** The pins that keep a closed flag closed. */
  missing?: string[];
  /** The flags it rests on, foundations first. */
  prerequisites?: Prerequisite[];
  /** The path through targeting, in the order the steps began. */
  steps: Step[];
  /** How many more steps there were. */
  omitted: number;
}

/** Evaluates a flag as the evaluator does and tells the way. */
export function explain(source: Evaluator | Client, flagKey: string, context?: Context): Explained;
