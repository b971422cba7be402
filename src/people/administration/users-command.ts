/** `manage users`: what administrators do about people, for when HTTP cannot be reached. */

import { misuse } from '../../commands/command.ts';
import { defineCommand, value } from '../../commands/define-command.ts';
import { numberOf, timeText } from '../../commands/text.ts';
import { ApiKeyStore } from '../api-keys/api-key-store.ts';
import { ApiKeys } from '../api-keys/api-keys.ts';
import { commandJournal } from '../command-journal.ts';
import { EmailStore } from '../email/email-store.ts';
import { NewPasswords } from '../new-passwords.ts';
import { BlockedIpStore } from '../blocked-ip-store.ts';
import { BlockedIps } from '../blocked-ips.ts';
import { KnownSenderStore } from '../failed-sign-ins/known-sender-store.ts';
import { KnownSenders } from '../failed-sign-ins/known-senders.ts';
import { FailedSignIns } from '../failed-sign-ins/failed-sign-ins.ts';
import { FailureStore } from '../failed-sign-ins/failure-store.ts';
import { readPassword } from '../read-password.ts';
import { RememberedTokens } from '../remembered-tokens.ts';
import { SecondFactorStore } from '../second-factor/second-factor-store.ts';
import { SessionStore } from '../session-store.ts';
import { Sessions } from '../sessions.ts';
import { UserStore } from '../user-store.ts';
import { Users } from '../users.ts';
import { ServerSettings } from './server-settings.ts';
import { SystemSettingsStore } from './system-settings-store.ts';
import { DeletionStore } from './deletion-store.ts';
import { PeopleAdmin } from './people-admin.ts';
import { ACCESS_STATUSES, PeopleAdminStore } from './people-admin-store.ts';
import type { CommandIo, Output } from '../../commands/command.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { AccessStatus, ManagedUser } from './people-admin-store.ts';

const PAGE = 200;

interface Change {
  readonly people: PeopleAdmin;
  readonly user: ManagedUser;
  readonly io: CommandIo;
}

/** What is done to one person, by its word; each returns the line that is printed. */
const ACTIONS: Readonly<Record<string, (change: Change) => Promise<string>>> = {
  show: async ({ user }) => lineOf(user),
  unlock: async ({ people, user }) => lineOf(await people.unlock(user.id, {})),
  disable: async ({ people, user }) => lineOf(await people.change(user.id, { isActive: false }, {})),
  enable: async ({ people, user }) => lineOf(await people.change(user.id, { isActive: true }, {})),
  'make-admin': async ({ people, user }) => lineOf(await people.change(user.id, { role: 'admin' }, {})),
  'make-trader': async ({ people, user }) => lineOf(await people.change(user.id, { role: 'trader' }, {})),
  'sign-out': async ({ people, user }) =>
    `${numberOf(await people.endSessions(user.id, {}), 'session')} ended.`,
  'set-password': async ({ people, user, io }) => {
    await people.setPassword(user.id, await readPassword(io), {});
    return `The password of ${user.username} was set; all sessions and API keys ended.`;
  },
  delete: async ({ people, user }) => {
    await people.delete(user.id, {});
    return `${user.username} was deleted; what their accounts did stays.`;
  },
  'verify-email': async ({ people, user }) => {
    await people.verifyEmail(user.id, {});
    return `${user.email} is verified.`;
  },
  'remove-second-factor': async ({ people, user }) => {
    await people.removeSecondFactor(user.id, {});
    return `${user.username} signs in with the password alone from now on.`;
  },
};

export const usersCommand = defineCommand({
  name: 'users',
  words: 'list | create ADDRESS | ACTION PERSON',
  about: `
Lists people, makes a trader, or changes a person, named by e-mail address or username. Servers that run follow within a second. The actions:
  show, unlock (after failed sign-ins), disable, enable, make-admin, make-trader, sign-out (everywhere),
  set-password (asked for at a terminal, or read from standard input), remove-second-factor (of who lost theirs), verify-email,
  delete (a disabled person whose accounts are closed: names and addresses go, the books stay)
create makes a trader with the name in --username; the password is asked for, or read from standard input.
`,
  options: {
    search: value('TEXT', 'list those with this in their address or username'),
    username: value('NAME', 'the user name of who is made'),
    status: value('STATUS', `list those that are ${ACCESS_STATUSES.join(', ')}`),
  },
  needs: 'database',
  async run({ words: [action, person, ...more], values: { search, status, username }, io, openOrm }) {
    if (action === 'list' && person === undefined) {
      const wanted = statusOf(status);
      return listPeople(makePeople(await openOrm()), { search, status: wanted }, io.stdout);
    }
    if (action === 'create' && person !== undefined && more.length === 0) {
      if (username === undefined) throw misuse('The user name is required, such as --username you.');
      const signUp = { email: person, username, password: await readPassword(io) };
      const made = await makePeople(await openOrm()).create(signUp, 'trader', {});
      io.stdout.write(`${lineOf(made)}\n`);
      return;
    }
    const act = action === undefined ? undefined : ACTIONS[action];
    if (!act || person === undefined || more.length > 0)
      throw misuse('Name an action and a person, such as: manage users unlock you@example.com');
    if (search !== undefined || status !== undefined) throw misuse('--search and --status are for list.');
    if (username !== undefined) throw misuse('--username is for create.');
    const orm = await openOrm();
    const people = makePeople(orm);
    const user = await people.get(await idOf(orm, person));
    io.stdout.write(`${await act({ people, user, io })}\n`);
  },
});

function statusOf(text: string | undefined): AccessStatus | undefined {
  const status = ACCESS_STATUSES.find((known) => known === text);
  if (text !== undefined && status === undefined)
    throw misuse(`--status is one of ${ACCESS_STATUSES.join(', ')}.`);
  return status;
}

async function listPeople(
  people: PeopleAdmin,
  filter: { readonly search: string | undefined; readonly status: AccessStatus | undefined },
  output: Output,
): Promise<void> {
  let before: string | undefined;
  let count = 0;
  for (;;) {
    const page = await people.list(filter, { limit: PAGE, before });
    for (const user of page) output.write(`${lineOf(user)}\n`);
    count += page.length;
    before = page.at(-1)?.id;
    if (page.length < PAGE) break;
  }
  if (count === 0) output.write('There is no such person.\n');
}

function lineOf({ username, email, role, status, lockedUntil, lastLoginAt }: ManagedUser): string {
  const until = lockedUntil === undefined ? '' : ` until ${timeText(lockedUntil)}`;
  const seen = lastLoginAt === undefined ? 'never signed in' : `last signed in ${timeText(lastLoginAt)}`;
  return `${username} <${email}>, ${role}, ${status}${until}, ${seen}`;
}

async function idOf(orm: Orm, person: string): Promise<string> {
  const name = person.toLowerCase();
  const login = name.includes('@') ? { email: name } : { username: name };
  const found = await new UserStore(orm).findCredentials(login);
  if (!found) throw misuse(`There is no person ${person}: manage users list shows all.`);
  return found.userId;
}

/** The administration of people for a command. A server that runs has its own; it follows what this one writes into the journal. */
export function makePeople(orm: Orm): PeopleAdmin {
  const clock = Date.now;
  const store = new UserStore(orm);
  const journal = commandJournal(orm);
  const remembered = new RememberedTokens();
  const limits = new ServerSettings({ store: new SystemSettingsStore(orm), journal, clock });
  const sessions = new Sessions({ store: new SessionStore(orm), remembered, clock, limits });
  const apiKeys = new ApiKeys({ store: new ApiKeyStore(orm), remembered, journal, clock, limits });
  const users = new Users({ store, journal });
  const blockedIps = new BlockedIps({ store: new BlockedIpStore(orm), clock });
  const failures = new FailedSignIns({
    store: new FailureStore(orm),
    blockedIps,
    journal,
    clock,
    proxies: [],
  });
  const newPasswords = new NewPasswords({
    store,
    users,
    inTurn: (work) => work(),
    failures,
    knownSenders: new KnownSenders({ store: new KnownSenderStore(orm), clock }),
    clock,
  });
  return new PeopleAdmin({
    store: new PeopleAdminStore(orm),
    deletions: new DeletionStore(orm),
    users,
    sessions,
    apiKeys,
    newPasswords,
    secondFactors: new SecondFactorStore(orm),
    emails: new EmailStore(orm),
    failures,
    journal,
    clock,
  });
}
