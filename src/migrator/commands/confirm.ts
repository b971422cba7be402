/** Asks before something is done that cannot be undone. */
import { createInterface } from 'node:readline';
import { misuse } from './io.ts';
import type { CommandRun } from './declare-command.ts';

export interface Confirmation {
  /** What will happen, as a sentence. */
  readonly what: string;
  readonly databaseUrl: string;
}

/** Returns when the person agreed; MigratorFailure `command-invalid` otherwise. In production only `--yes` agrees. */
export async function confirm(
  { io, context, isAgreed }: CommandRun,
  { what, databaseUrl }: Confirmation,
): Promise<void> {
  if (isAgreed) return;
  const name = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  if (context.policy.isProduction || io.stdin?.isTTY !== true) {
    throw misuse(`Nothing was done. ${what} Pass --yes if database "${name}" is meant.`);
  }
  io.stdout.write(`${what}\nType the database's name (${name}) to continue: `);
  if ((await readLine(io.stdin)) !== name) throw misuse('Nothing was done: that is not its name.');
}

/** Returns the first line that is typed. */
export async function readLine(input: NodeJS.ReadableStream): Promise<string | undefined> {
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return line.trim();
    return undefined;
  } finally {
    lines.close();
  }
}
