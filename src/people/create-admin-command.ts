/** `manage create-admin`: makes an administrator. The password is typed or piped in, never an argument. */

import { commandJournal } from './command-journal.ts';
import { readPassword } from './read-password.ts';
import { UserStore } from './user-store.ts';
import { Users } from './users.ts';
import { defineCommand, required } from '../commands/define-command.ts';

export const createAdminCommand = defineCommand({
  name: 'create-admin',
  about: `
Makes an administrator. The password, at least 12 characters, is asked for at a terminal, and not shown. A script writes it to standard input:
  printf '%s' "$PASSWORD" | manage create-admin --email you@example.com --username you
`,
  options: {
    email: required('you@example.com', 'the e-mail address'),
    username: required('you', 'the user name'),
  },
  needs: 'database',
  async run({ values: { email, username }, io, openOrm }) {
    const password = await readPassword(io);
    const orm = await openOrm();
    const users = new Users({ store: new UserStore(orm), journal: commandJournal(orm) });
    const admin = await users.createAdmin({ email, username, password });
    io.stdout.write(`Administrator ${admin.username} <${admin.email}> was made.\n`);
  },
});
