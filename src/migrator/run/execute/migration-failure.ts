/** The message of a failed migration: what failed, what stays and what to do. */
import { MigratorFailure } from '../../failure.ts';
import { isDatabaseUnavailable } from '../connect/database-failure.ts';
import { fileOf, stepOf } from '../state/entry-name.ts';
import type { Phase } from '../migration.ts';

const STATEMENT_LENGTH = 300;

/** A migration that failed, and what came before it. */
export interface FailedRun {
  readonly name: string;
  readonly method: 'up' | 'down';
  readonly phase: Phase | undefined;
  readonly transactional: boolean;
  /** The statement that failed; absent when it was none, such as the commit. */
  readonly statement: string | undefined;
  /** What was carried out before it, in this run. */
  readonly done: readonly string[];
  readonly tries: number;
  /** The limit that its statement was cut off at, if it was. */
  readonly overLimitMs: number | undefined;
  /** Who was seen blocking it last. */
  readonly blockedBy: string | undefined;
  readonly cause: unknown;
}

/** Returns the error for a migration that failed. */
export function migrationFailure(failed: FailedRun): MigratorFailure {
  const { name, method, transactional, done, tries, overLimitMs, blockedBy, cause } = failed;
  const sqlState = sqlStateOf(cause);
  const statement = failed.statement === undefined ? undefined : shorten(failed.statement);
  const sentences = [
    `${whereOf(name)} failed to go ${method}${statement === undefined ? '' : ` at "${statement}"`}` +
      // The ORM writes detail and hint behind the message.
      `${sqlState === undefined ? '' : ` with SQLSTATE ${sqlState}`}: ${messageOf(cause).replaceAll(/\.?\n - (\w+): /g, '. $1: ')}`,
    tries > 1 ? `It was tried ${tries} times` : undefined,
    overLimitMs === undefined
      ? undefined
      : `It took longer than the ${overLimitMs / 1_000} s that a statement may take (MIGRATION_STATEMENT_LIMIT_MINUTES)`,
    blockedBy === undefined ? undefined : `It was blocked by ${blockedBy}`,
    whatStays(transactional, cause),
    whatCameBefore(failed),
    `Fix the cause and ${howToContinue(failed)}. "manage db status" shows where it is`,
  ];
  const text = sentences.flatMap((sentence) => (sentence === undefined ? [] : ensureStop(sentence)));
  return new MigratorFailure(
    'migration-failed',
    text.join(' '),
    {
      migration: name,
      ...(sqlState !== undefined && { sqlState }),
      ...(statement !== undefined && { statement }),
      done,
    },
    { cause },
  );
}

/** A step has no file of its own. */
function whereOf(entry: string): string {
  const file = `${fileOf(entry)}.ts`;
  const step = stepOf(entry).slice(1);
  return step === '' ? file : `Step ${step} of ${file}`;
}

/** A command runs contracts one by one, so that what it ran before this one is not known here. */
function whatCameBefore({ done, method, phase }: FailedRun): string | undefined {
  if (done.length > 0) return `Before it, ${done.join(', ')} succeeded and stays`;
  return method === 'up' && phase === 'contract' ? undefined : 'Nothing was changed before it';
}

/** Without a target, "db migrate" would undo a way back, and leave a contract waiting. */
function howToContinue({ method, phase }: FailedRun): string {
  if (method === 'down')
    return 'run the same command again; it continues back with this migration, while "manage db migrate" alone would go forward again';
  return phase === 'contract'
    ? 'do the same again, or run "manage db migrate --contract"; it continues with this contract'
    : 'run "manage db migrate"; it continues with this migration';
}

/** A connection that is lost during the commit leaves open whether that went through. */
function whatStays(transactional: boolean, cause: unknown): string {
  if (!transactional) return 'It ran outside of a transaction, and the next run looks what is left to do';
  return isDatabaseUnavailable(cause)
    ? 'The connection was lost: PostgreSQL rolls back what was not committed, and the next run sees which it was'
    : 'Its transaction was rolled back';
}

/** Returns PostgreSQL's code for what went wrong, if it was PostgreSQL. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function shorten(statement: string): string {
  const line = statement.replaceAll(/\s+/g, ' ').trim();
  return line.length <= STATEMENT_LENGTH ? line : `${line.slice(0, STATEMENT_LENGTH)}…`;
}

function ensureStop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
