/** What the linter tells. */

/** One thing to mend. A `warning` does not fail: the migration is merged and can no longer be changed, or nobody can know. */
export interface LintFinding {
  readonly migration: string;
  readonly rule: string;
  readonly message: string;
  /** What to do. */
  readonly help: string;
  readonly statement?: string;
  readonly severity: 'error' | 'warning';
}
