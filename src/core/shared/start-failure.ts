/** Why a process could not start, or a command was not carried out: no request is answered with these. */

import type { FieldError } from './problem.ts';

/** 2 is a wrong command line, 78 is EX_CONFIG of sysexits.h. The migrator gives failures of the same names the same codes. */
const EXIT_CODES = {
  'command-invalid': 2,
  'database-unavailable': 10,
  'database-refused': 11,
  'configuration-invalid': 78,
} as const;

/** The kind of a failure. */
export type StartFailureType = keyof typeof EXIT_CODES;

/** The kinds, each with its exit code, for those who document or test them. */
export const START_EXIT_CODES: Readonly<Record<StartFailureType, number>> = EXIT_CODES;

/** A failure that ends the process: its message says what was expected, what was found and what to do. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  readonly type: StartFailureType;
  /** Data for programs besides the sentence. */
  readonly facts: { readonly errors?: readonly FieldError[]; readonly [fact: string]: unknown };

  constructor(
    type: StartFailureType,
    message: string,
    facts: StartFailure['facts'] = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.type = type;
    this.facts = facts;
  }

  get exitCode(): number {
    return EXIT_CODES[this.type];
  }
}
