/** What an examination of a database finds, and how a check says it. */
import type { Reader } from './reader.ts';

export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly said: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** A finding with the check that made it. */
export interface NamedFinding extends Finding {
  readonly check: string;
}

/** What a check works with. */
export interface Examination {
  readonly reader: Reader;
  readonly isProduction: boolean;
  readonly backup: { readonly mode: 'off' | 'auto' | 'required'; readonly maxAgeMs: number };
}

/** Looks at one thing; one finding at least. Throws what the database threw. */
export type Check = (examination: Examination) => Promise<readonly Finding[]>;

export function ok(said: string): Finding {
  return { verdict: 'ok', said };
}

/** Nothing is broken yet. */
export function warn(said: string, remedy: string): Finding {
  return { verdict: 'warn', said, remedy };
}

/** Something is broken, or the next start will fail. */
export function fail(said: string, remedy: string): Finding {
  return { verdict: 'fail', said, remedy };
}

/** Returns the findings, or that all is well when there are none. */
export function orOk(findings: readonly Finding[], said: string): readonly Finding[] {
  return findings.length === 0 ? [ok(said)] : findings;
}
