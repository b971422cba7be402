/** `manage sign-up`: who may sign up, for when HTTP cannot be reached, and before a server is opened to others. */

import { misuse } from '../../commands/command.ts';
import { defineCommand } from '../../commands/define-command.ts';
import { commandJournal } from '../command-journal.ts';
import { ServerSettings } from './server-settings.ts';
import { SIGN_UP_MODES, SystemSettingsStore } from './system-settings-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { SystemSettings } from './system-settings-store.ts';

export const signUpCommand = defineCommand({
  name: 'sign-up',
  words: 'show | open | closed | listed [ADDRESS…]',
  about: `
Shows or changes who may sign up: anyone (open), no one (closed), or those with a listed e-mail address or domain:
  manage sign-up listed you@example.com @example.org
Without addresses, listed keeps those that were listed before. It holds at once on servers that run.
`,
  options: {},
  needs: 'database',
  async run({ words: [word, ...addresses], io, openOrm }) {
    const mode = SIGN_UP_MODES.find((known) => known === word);
    if ((!mode && word !== 'show') || (addresses.length > 0 && mode !== 'listed'))
      throw misuse(`Say what to do, such as: manage sign-up closed. See: manage sign-up --help`);
    const settings = serverSettings(await openOrm());
    const listedSignUps = addresses.length > 0 ? addresses : undefined;
    const after = mode ? await settings.change({ signUp: mode, listedSignUps }, {}) : await settings.get();
    io.stdout.write(`${lineOf(after)}\n`);
  },
});

function lineOf({ signUp, listedSignUps }: SystemSettings): string {
  if (signUp === 'open') return 'Anyone may sign up.';
  if (signUp === 'closed') return 'No one may sign up.';
  return listedSignUps.length === 0
    ? 'No one may sign up: the list is empty.'
    : `These may sign up: ${listedSignUps.join(', ')}`;
}

function serverSettings(orm: Orm): ServerSettings {
  return new ServerSettings({
    store: new SystemSettingsStore(orm),
    journal: commandJournal(orm),
    clock: Date.now,
  });
}
