/** Which servers are refused. The servers here are answers to one question: a pooler or a standby is not at hand in a test. */
import { describe, expect, it } from 'vitest';
import { preflight } from './preflight.ts';
import type { Query } from '../connect/query.ts';

const pidAtConnect = () => Promise.resolve(1);
const GOOD = { version: 18, version_text: '18.4', is_standby: false, pid: 1 };

function serverOf(server: object): Query {
  return async <Row extends object>() => [server as Row];
}

describe('a server', () => {
  it('is accepted when it is new enough, writable and the process that was connected to', async () => {
    await expect(preflight({ query: serverOf(GOOD), pidAtConnect })).resolves.toBeUndefined();
  });

  const refused = [
    {
      why: 'is too old',
      server: { ...GOOD, version: 15, version_text: '15.3' },
      message: /PostgreSQL 15\.3, and 16 or newer/,
    },
    {
      why: 'is a standby',
      server: { ...GOOD, is_standby: true },
      message: /standby.*MIGRATION_DATABASE_URL/,
    },
    {
      why: 'is behind a pooler',
      server: { ...GOOD, pid: 2 },
      message: /a pooler.*MIGRATION_DATABASE_URL/,
    },
  ];
  it.each(refused)('that $why is refused, and the message says what to do', async ({ server, message }) => {
    await expect(preflight({ query: serverOf(server), pidAtConnect })).rejects.toMatchObject({
      type: 'database-refused',
      message: expect.stringMatching(message),
    });
  });
});
