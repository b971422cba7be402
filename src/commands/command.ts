/** What an operator's command is: arguments in, text out, an exit code at the end. */

import { Problem } from '../core/shared/problem.ts';
import { StartFailure } from '../core/shared/start-failure.ts';
import { exitCodeOf, isExplained } from '../process/exit-code.ts';

/** Where a command writes. On a terminal progress may be drawn. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Where a person answers, or a pipe brings what a command reads. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** Where a command reads and writes. */
export interface CommandIo {
  readonly stdin?: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** A database that has this version's schema, open until it is closed. */
export interface CommandDatabase {
  readonly url: string;
  close(): Promise<void>;
}

/** One command, made by `defineCommand`. What goes wrong is thrown. */
export interface Command {
  readonly name: string;
  /** Returns the exit code. The database is opened only by a command that needs it, after its arguments were parsed. */
  run(argv: readonly string[], io: CommandIo, openDatabase: () => Promise<CommandDatabase>): Promise<number>;
}

/** Returns the error for arguments that a command does not accept. */
export function misuse(detail: string): StartFailure {
  return new StartFailure('command-invalid', detail);
}

/** Does a command's work and returns its exit code. A failure is one line on stderr; a bug is printed with its stack. */
export async function runCommand(io: CommandIo, work: () => Promise<number | void>): Promise<number> {
  try {
    return (await work()) ?? 0;
  } catch (error) {
    io.stderr.write(`${describeFailure(error)}\n`);
    return exitCodeOf(error);
  }
}

/** The sentence, and the wrong fields where the sentence does not name them. */
function describeFailure(error: unknown): string {
  if (isExplained(error)) return error.message;
  if (!(error instanceof Problem))
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { message, facts } = error;
  const fields = (facts.errors ?? [])
    .filter(({ detail }) => !message.includes(detail))
    .map(({ pointer, detail }) => `${pointer.replace(/^\//, '')}: ${detail}`);
  return fields.length === 0 ? message : `${message} ${fields.join('; ')}`;
}
