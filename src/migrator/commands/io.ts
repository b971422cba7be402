/** Where a command writes, and how it refuses words that it does not understand. */
import { MigratorFailure } from '../failure.ts';

/** Where text goes. On a terminal a line may be written again and again. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Where a command's words go. */
export interface CommandIo {
  /** Where a person answers; absent or no terminal where nobody does. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
}

/** A log for commands: what they have to say they print, and what fails they throw. */
export const quietLog = { info: () => undefined, warn: () => undefined };

/** Returns the error for words that a command does not understand. */
export function misuse(detail: string): MigratorFailure {
  return new MigratorFailure('command-invalid', detail);
}
