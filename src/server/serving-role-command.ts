/** `manage serving-role`: makes the role with which a server serves, beside the one that migrates. */

import { misuse } from '../commands/command.ts';
import { defineCommand } from '../commands/define-command.ts';
import { readPassword } from '../people/read-password.ts';
import { makeServingRole, ROLE_NAME, servingRoleFault } from '../persistence/serving-role.ts';

/** No person types it, so it can be long: 128 bits in any alphabet. */
const PASSWORD = /^[!-~]{22,200}$/;

export const servingRoleCommand = defineCommand({
  name: 'serving-role',
  words: 'NAME',
  about: `
Makes the database role with which the server serves, or gives it another password and the rights that it needs. It reads and writes
rows and cannot change the schema. DATABASE_URL names the role that owns the tables for this command, and the password is read from
standard input, or asked for at a terminal:
  openssl rand -hex 32 | manage serving-role forex_app
Then DATABASE_URL of the server gets the new role, and MIGRATION_DATABASE_URL the one that was in DATABASE_URL.
`,
  options: {},
  needs: 'database',
  async run({ words: [name, ...more], io, openOrm }) {
    if (name === undefined || more.length > 0)
      throw misuse('Name the role, such as: manage serving-role forex_app');
    if (!ROLE_NAME.test(name) || name.startsWith('pg_'))
      throw misuse(
        'The name has 1 to 63 lower-case letters, digits and _, begins with a letter, and not with pg_.',
      );
    const password = await readPassword(io);
    if (!PASSWORD.test(password))
      throw misuse(
        'The password has 22 to 200 visible ASCII characters, such as openssl rand -hex 32 makes.',
      );
    const orm = await openOrm();
    const fault = await servingRoleFault(orm, name);
    if (fault !== undefined) throw misuse(fault);
    await makeServingRole(orm, name, password);
    io.stdout.write(
      `The role ${name} may read and write rows, and not change the schema. Put it into DATABASE_URL, and the present one into MIGRATION_DATABASE_URL.\n`,
    );
  },
});
