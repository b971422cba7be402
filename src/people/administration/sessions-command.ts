/** `manage sessions`: where people are signed in, for when HTTP cannot be reached. */

import { misuse } from '../../commands/command.ts';
import { defineCommand, value } from '../../commands/define-command.ts';
import { timeText } from '../../commands/text.ts';
import { idFrom } from '../../commands/words.ts';
import { makePeople } from './users-command.ts';
import type { PersonSession } from '../session-store.ts';

/** More than anyone reads; the newest. */
const MOST_LISTED = 1_000;
const USAGE = 'Say what to do, such as: manage sessions list --search you@example.com';

export const sessionsCommand = defineCommand({
  name: 'sessions',
  words: 'list | end ID',
  about: `
Lists where people are signed in, newest first, or ends a session. Servers that run follow within a second.
manage users sign-out PERSON ends all of a person.
`,
  options: { search: value('TEXT', 'list those of people with this in their address or username') },
  needs: 'database',
  async run({ words: [action, sessionId, ...more], values: { search }, io, openOrm }) {
    if (action === 'list' && sessionId === undefined) {
      const page = { limit: MOST_LISTED, before: undefined };
      const sessions = await makePeople(await openOrm()).sessions(search, page);
      for (const session of sessions) io.stdout.write(`${lineOf(session)}\n`);
      if (sessions.length === 0) io.stdout.write('No one is signed in.\n');
      return;
    }
    if (action !== 'end' || sessionId === undefined || more.length > 0 || search !== undefined)
      throw misuse(USAGE);
    const id = idFrom(sessionId, `${sessionId} is not the id of a session: manage sessions list shows all.`);
    await makePeople(await openOrm()).endSession(id, {});
    io.stdout.write('The session ended.\n');
  },
});

function lineOf({ id, username, ipAddress, userAgent, createdAt, lastSeenAt }: PersonSession): string {
  const where = [ipAddress ?? 'an unknown address', userAgent]
    .filter((part) => part !== undefined)
    .join(', ');
  return `${id} ${username}, from ${where}, since ${timeText(createdAt)}, last seen ${timeText(lastSeenAt)}`;
}
