/** Which servers are refused. The servers here are answers to one question: a pooler or a standby is not at hand in a test. */
import { describe, expect, it } from 'vitest';
import { preflight } from './preflight.ts';
import type { Query } from '../connect/query.ts';

const GOOD = { version: 18, version_text: '18.4', is_standby: false, pid: 1 };

/** Answers the n-th question with the n-th server, and the last one ever after. */
function serverOf(...servers: readonly object[]): Query {
  let asked = 0;
  return async <Row extends object>() => [(servers[asked++] ?? servers.at(-1)) as Row];
}

describe('a server', () => {
  it('is accepted when it is new enough, writable and always the same process', async () => {
    await expect(preflight(serverOf(GOOD))).resolves.toBeUndefined();
  });

  const refused = [
    {
      why: 'is too old',
      servers: [{ ...GOOD, version: 15, version_text: '15.3' }],
      message: /PostgreSQL 15\.3, and 16 or newer/,
    },
    {
      why: 'is a standby',
      servers: [{ ...GOOD, is_standby: true }],
      message: /standby.*MIGRATION_DATABASE_URL/,
    },
    {
      why: 'is behind a transaction pooler',
      servers: [GOOD, GOOD, { ...GOOD, pid: 2 }],
      message: /transaction pooler.*MIGRATION_DATABASE_URL/,
    },
  ];
  it.each(refused)('that $why is refused, and told what to do', async ({ servers, message }) => {
    await expect(preflight(serverOf(...servers))).rejects.toMatchObject({
      type: 'database-refused',
      message: expect.stringMatching(message),
    });
  });
});
