/** What a rule of the linter is. */
import type { LintContext, LintSubject } from '../lint-subject.ts';

/** One breach, in words that name the table or column. */
export interface Breach {
  readonly message: string;
  readonly statement?: string;
  /** In place of what the rule says to do. */
  readonly help?: string;
}

/** A rule: why it is there and what to do instead, as the person reads it who broke it. */
export interface Rule {
  readonly name: string;
  readonly help: string;
  /** `warning` where nobody can know from the file alone. */
  readonly severity?: 'warning';
  find(subject: LintSubject, context: LintContext): readonly Breach[];
}
