/** What can go wrong with a schema or a command: each kind with the exit code of a process that it ends. */

/** 2 is a wrong command line, 78 is EX_CONFIG of sysexits.h, 143 is what a shell reports of a process that SIGTERM ended. */
const EXIT_CODES = {
  'internal-error': 1,
  conflict: 1,
  'command-invalid': 2,
  'database-unavailable': 10,
  'database-refused': 11,
  'migration-lock-timeout': 12,
  'migration-failed': 13,
  'database-ahead': 14,
  'migration-edited': 15,
  'backup-missing': 16,
  'installation-incomplete': 17,
  'migrations-pending': 18,
  'contract-refused': 19,
  'configuration-invalid': 78,
  'migration-interrupted': 143,
} as const;

/** The kind of a failure. */
export type FailureType = keyof typeof EXIT_CODES;

/** The kinds, each with its exit code, for those who document or test them. */
export const FAILURE_EXIT_CODES: Readonly<Record<FailureType, number>> = EXIT_CODES;

/** In a checkout `manage` is not on the PATH; npm's environment names the script that was run. */
const HAS_NPM = /^(db|start|demo)$/.test(process.env['npm_lifecycle_event'] ?? '');

/** A failure of a known kind: its message says what was wrong, what stays as it is, and what to do. */
export class MigratorFailure extends Error {
  override readonly name = 'MigratorFailure';
  readonly type: FailureType;
  /** Data for programs besides the sentence, such as the migration's name. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    type: FailureType,
    message: string,
    facts: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(HAS_NPM ? message.replaceAll('manage db', 'npm run db --') : message, options);
    this.type = type;
    this.facts = facts;
  }

  get exitCode(): number {
    return EXIT_CODES[this.type];
  }
}
