/** A person whose notifications go to channels, for tests. */

import { randomUUID } from 'node:crypto';
import { appendToJournal } from '../../src/journal/journal-store.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { untilJournalShowsAll } from '../support/readable-journal.ts';
import type { JournalEntry } from '../../src/core/domain/journal-entry.ts';
import type { TestServer } from '../support/test-server.ts';

export type Entry = Pick<JournalEntry, 'type'> & Partial<JournalEntry>;

/** Adds a person with a verified address. Their e-mail is off, so that only what a test adds is sent to. */
export async function addNotified(server: TestServer, profile: object = {}) {
  await server.notifier.catchUp();
  const user = await server.addUser();
  await server.stores.emails.verify(user.id, user.email, server.clock.now);
  const ask = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) => {
    const url = `/api/v1${path}`;
    return server.app.inject({ method, url, headers: user.headers, ...(payload && { payload }) });
  };
  await ask('PATCH', '/settings', { notifyEmail: false });
  await ask('PATCH', '/me', { language: 'en', ...profile });
  return {
    user,
    ask,
    /** Adds a channel, which gets nothing about itself. */
    add: async ({
      mutedTypes = [],
      ...wish
    }: {
      readonly mutedTypes?: readonly string[];
      readonly [field: string]: unknown;
    }) => {
      const muted = { mutedTypes: ['notification-channel-added', ...mutedTypes] };
      const answer = await ask('POST', '/notification-channels', { name: 'Mine', ...muted, ...wish });
      if (answer.statusCode !== 201) throw new Error(answer.body);
      return answer.json();
    },
    /** Records entries about the person, and has them notified of. */
    notified: async (...entries: readonly Entry[]) => {
      await appendToJournal(
        queryBuilder(server.orm),
        entries.map((entry) => ({
          category: 'trading',
          severity: 'info',
          description: `It was ${entry.type}.`,
          userId: user.id,
          ...entry,
        })),
      );
      await untilJournalShowsAll(server.orm);
      await server.notifier.catchUp();
    },
    deliveries: async (query = '') => (await ask('GET', `/notification-deliveries${query}`)).json().items,
  };
}

/** A path at a receiver that no other test uses. */
export const ownPath = (): string => `/${randomUUID()}`;
