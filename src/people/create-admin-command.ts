/** `manage create-admin`: makes an administrator. The password is read from standard input, never from the arguments. */

import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { openOrm } from '../persistence/orm.ts';
import { JournalStore } from '../journal/journal-store.ts';
import { UserStore } from './user-store.ts';
import { Users } from './users.ts';
import { misuse, runCommand } from '../commands/command.ts';
import { quietLog } from '../commands/quiet-log.ts';
import type { SignUp } from './sign-up-rules.ts';
import type { CommandContext, CommandIo } from '../commands/command.ts';

const USAGE = `Usage: manage create-admin --email you@example.com --username you

Makes an administrator. The password, at least 12 characters, is read from standard input:
  printf '%s' "$PASSWORD" | manage create-admin --email you@example.com --username you
`;

const OPTIONS = {
  email: { type: 'string' },
  username: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs the command and returns its exit code. */
export function runCreateAdmin(
  argv: readonly string[],
  io: CommandIo,
  context: CommandContext,
): Promise<number> {
  return runCommand(io, async () => {
    const { email, username, help } = parseArgs({ args: [...argv], options: OPTIONS }).values;
    if (help === true) return void io.stdout.write(USAGE);
    if (email === undefined || username === undefined)
      throw misuse('create-admin wants --email and --username.');
    if (io.stdout.isTTY === true) io.stdout.write('Password (shown as you type): ');
    await createAdmin({ email, username, password: await readLine() }, io, context);
  });
}

async function createAdmin(signUp: SignUp, io: CommandIo, { databaseUrl }: CommandContext): Promise<void> {
  const orm = openOrm({ databaseUrl, poolSize: 1, log: quietLog });
  try {
    const journal = new JournalStore(orm);
    const users = new Users({
      store: new UserStore(orm),
      journal: { record: (entry) => journal.append(entry) },
    });
    const { username, email } = await users.createAdmin(signUp);
    io.stdout.write(`Administrator ${username} <${email}> was made.\n`);
  } finally {
    await orm.close(true);
  }
}

async function readLine(): Promise<string> {
  const input = createInterface({ input: process.stdin });
  try {
    for await (const line of input) return line;
    return '';
  } finally {
    input.close();
  }
}
