/** What an operator's command is: words in, text out, an exit code at the end. */

import { exitCodeOf, isExplained } from '../process/exit-code.ts';
import { AppError } from '../core/shared/app-error.ts';
import { StartFailure } from '../core/shared/start-failure.ts';

/** Where a command writes. On a terminal progress may be drawn, `columns` wide. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Where a command's words go. */
export interface CommandIo {
  /** Where a person answers; absent or no terminal where nobody does. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
}

/** What a command works on: a database that has this version's schema. */
export interface CommandContext {
  readonly databaseUrl: string;
}

/** A command: takes its words and returns the exit code. */
export type Command = (argv: readonly string[], io: CommandIo, context: CommandContext) => Promise<number>;

/** Returns the error for words that a command does not understand. */
export function misuse(detail: string): StartFailure {
  return new StartFailure('command-invalid', detail);
}

/** Does a command's work and returns its exit code. What went wrong is one line on stderr; a fault of ours comes with its stack. */
export async function runCommand(io: CommandIo, work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    const failure = isParseError(error) ? misuse(error.message.replaceAll('\n', ' ')) : error;
    io.stderr.write(`${describeFailure(failure)}\n`);
    return exitCodeOf(failure);
  }
}

/** `parseArgs` says well what it did not understand, if in several lines. */
function isParseError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** The sentence, and the fields that are wrong where the sentence does not say. A fault of ours comes with its stack. */
function describeFailure(error: unknown): string {
  if (isExplained(error)) return error.message;
  if (!(error instanceof AppError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { message, facts } = error;
  const fields = (facts.errors ?? [])
    .filter(({ detail }) => !message.includes(detail))
    .map(({ pointer, detail }) => `${pointer.replace(/^\//, '')}: ${detail}`);
  return [message, ...fields].join(' ');
}
