/** `manage person-limits`: how much one person may have, for when HTTP cannot be reached. */

import { misuse } from '../../commands/command.ts';
import { defineCommand } from '../../commands/define-command.ts';
import { settingFrom } from '../../commands/words.ts';
import { commandJournal } from '../command-journal.ts';
import { LARGEST_LIMIT, PERSON_LIMIT_NAMES, PERSON_LIMITS } from './person-limits.ts';
import { ServerSettings } from './server-settings.ts';
import { SystemSettingsStore } from './system-settings-store.ts';
import type { PersonLimitChanges, PersonLimitName } from './person-limits.ts';

export const personLimitsCommand = defineCommand({
  name: 'person-limits',
  words: 'show | set NAME=NUMBER…',
  about: `
Shows or changes how much one person may have, so that no one takes what others need:
  manage person-limits set accounts=200 sockets=default
It holds within a second on servers that run. What a person has above a limit stays and works.
`,
  options: {},
  needs: 'database',
  async run({ words: [action, ...settings], io, openOrm }) {
    const isSet = action === 'set' && settings.length > 0;
    if (!isSet && (action !== 'show' || settings.length > 0))
      throw misuse('Say what to do, such as: manage person-limits set accounts=200');
    const changes: PersonLimitChanges = Object.fromEntries(isSet ? settings.map(changeOf) : []);
    const orm = await openOrm();
    const service = new ServerSettings({
      store: new SystemSettingsStore(orm),
      journal: commandJournal(orm),
      clock: Date.now,
    });
    const { personLimits } = isSet
      ? await service.change({ personLimits: changes }, {})
      : await service.get();
    for (const name of PERSON_LIMIT_NAMES) {
      const { usual } = PERSON_LIMITS[name];
      const most = personLimits[name];
      io.stdout.write(`${name}=${most}${most === usual ? '' : ` (the usual is ${usual})`}\n`);
    }
  },
});

function changeOf(setting: string): readonly [PersonLimitName, number | null] {
  const [name, text] = settingFrom(setting, PERSON_LIMIT_NAMES, 'accounts=200');
  if (text === 'default') return [name, null];
  const most = Number(text);
  if (!/^\d+$/.test(text) || most < 1 || most > LARGEST_LIMIT)
    throw misuse(`${name} is a whole number from 1 to ${LARGEST_LIMIT}, or default.`);
  return [name, most];
}
