/** Where a command writes, and how it refuses arguments that it does not accept. */
import { MigratorFailure } from '../failure.ts';

/** Where text goes. On a terminal a line may be written again and again. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Where a command reads and writes. */
export interface CommandIo {
  /** Where a person answers; absent or no terminal in scripts. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
}

/** The log of commands, which logs nothing: commands print results and throw failures. */
export const quietLog = { info: () => undefined, warn: () => undefined };

/** Returns the error for arguments that a command does not accept. */
export function misuse(detail: string): MigratorFailure {
  return new MigratorFailure('command-invalid', detail);
}
