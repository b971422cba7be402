/** `manage settings`: what administrators decide for the whole server, for when HTTP cannot be reached. */

import { misuse } from '../../commands/command.ts';
import { defineCommand } from '../../commands/define-command.ts';
import { settingFrom } from '../../commands/words.ts';
import { commandJournal } from '../command-journal.ts';
import { PERSON_LIMIT_NAMES } from './person-limits.ts';
import { ServerSettings } from './server-settings.ts';
import { DAY_LIMITS, SECOND_FACTOR_DUTIES, SystemSettingsStore } from './system-settings-store.ts';
import type { Command } from '../../commands/command.ts';
import type { SecondFactorDuty, SystemSettings, SystemSettingsChange } from './system-settings-store.ts';

/** How a setting is read, by its name. */
const SETTINGS = {
  journalDays: (text: string) => ({ journalDays: daysOf('journalDays', text) }),
  systemJournalDays: (text: string) => ({ systemJournalDays: ownDaysOf('systemJournalDays', text) }),
  securityJournalDays: (text: string) => ({ securityJournalDays: daysOf('securityJournalDays', text) }),
  adminJournalDays: (text: string) => ({ adminJournalDays: ownDaysOf('adminJournalDays', text) }),
  requireVerifiedEmail: (text: string) => ({ requireVerifiedEmail: booleanOf('requireVerifiedEmail', text) }),
  requireSecondFactor: (text: string) => ({ requireSecondFactor: dutyOf(text) }),
  hideApiDescription: (text: string) => ({ hideApiDescription: booleanOf('hideApiDescription', text) }),
} as const;

const NAMES = Object.keys(SETTINGS) as readonly (keyof typeof SETTINGS)[];

/** Returns the command; whether servers send e-mail is asked for when it runs. */
export function settingsCommand(sendsMail: () => boolean): Command {
  return defineCommand({
    name: 'settings',
    words: 'show | set NAME=VALUE…',
    about: `
Shows what administrators decided for the whole server, or changes it:
  manage settings set journalDays=365 securityJournalDays=730 requireVerifiedEmail=true
  manage settings set systemJournalDays=90 adminJournalDays=usual
  manage settings set requireSecondFactor=administrators hideApiDescription=true
Who may sign up is changed by manage sign-up, and how much one person may have by manage person-limits. It holds at once on servers that run.
`,
    options: {},
    needs: 'database',
    async run({ words: [action, ...settings], io, openOrm }) {
      const isSet = action === 'set' && settings.length > 0;
      if (!isSet && (action !== 'show' || settings.length > 0))
        throw misuse('Say what to do, such as: manage settings set journalDays=365');
      const change = (isSet ? settings : []).reduce<SystemSettingsChange>(
        (sum, setting) => ({ ...sum, ...changeOf(setting) }),
        {},
      );
      const orm = await openOrm();
      const service = new ServerSettings({
        store: new SystemSettingsStore(orm),
        journal: commandJournal(orm),
        clock: Date.now,
        sendsMail: sendsMail(),
      });
      const after = isSet ? await service.change(change, {}) : await service.get();
      for (const line of linesOf(after)) io.stdout.write(`${line}\n`);
    },
  });
}

function changeOf(setting: string): SystemSettingsChange {
  const [name, text] = settingFrom(setting, NAMES, 'journalDays=365');
  return SETTINGS[name](text);
}

function daysOf(name: keyof typeof DAY_LIMITS, text: string): number {
  const { minimum, maximum } = DAY_LIMITS[name];
  const days = Number(text);
  if (!/^\d{1,4}$/.test(text) || days < minimum || days > maximum)
    throw misuse(`${name} is a whole number from ${minimum} to ${maximum}.`);
  return days;
}

/** Those that follow others until they have days of their own. */
function ownDaysOf(name: 'systemJournalDays' | 'adminJournalDays', text: string): number | null {
  return text === 'usual' ? null : daysOf(name, text);
}

function dutyOf(text: string): SecondFactorDuty {
  const duty = SECOND_FACTOR_DUTIES.find((known) => known === text);
  if (duty === undefined) throw misuse(`requireSecondFactor is one of ${SECOND_FACTOR_DUTIES.join(', ')}.`);
  return duty;
}

function booleanOf(name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw misuse(`${name} is true or false.`);
  return text === 'true';
}

function linesOf(settings: SystemSettings): readonly string[] {
  const { signUp, listedSignUps, personLimits } = settings;
  return [
    ...NAMES.map((name) => `${name}=${settings[name]}`),
    `signUp=${signUp}${signUp === 'listed' ? ` (${listedSignUps.join(', ')})` : ''}`,
    ...PERSON_LIMIT_NAMES.map((name) => `personLimits.${name}=${personLimits[name]}`),
  ];
}
