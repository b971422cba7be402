/** The journal: what happened, in order, from any entry on. */

import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { AdministeredEntryView, administeredEntryView } from './administered-entry-view.ts';
import { EntryQuery, pageOf, searchOf } from './entry-filter.ts';
import { entriesCsv, nextCursorOf, pagesFrom } from './entry-lists.ts';
import { JournalEntryView, journalEntryView } from './journal-entry-view.ts';
import { principalOf } from '../http/authenticate.ts';
import { asCsvFile, CSV_MEDIA_TYPE, wantsCsv } from '../http/csv.ts';
import { namedObject } from '../http/schemas.ts';
import type { App } from '../http/route.ts';
import { Id, orNull } from '../http/values.ts';
import type { TObject } from 'typebox';
import type { FindEntries } from './entry-lists.ts';
import type { EntryPageRequest, EntrySearchStore } from './entry-search-store.ts';
import type { StoredJournalEntry } from './journal-store.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface EventRouteDependencies {
  readonly stores: { readonly entrySearch: EntrySearchStore };
}

const AdministeredQuery = Type.Object(
  {
    ...EntryQuery.properties,
    userId: Type.Optional({ ...Id, description: 'Entries about this person or an account of theirs.' }),
  },
  { additionalProperties: false },
);

const DESCRIPTION =
  'The order is that of their numbers, of which some are never used. Read on with `nextCursor` as `after`, or as `before` when the newest ' +
  'come first. A page that is looked for (by time, type, severity, category or text) looks at 5,000 entries at most: it may have few items, ' +
  'or none, and `nextCursor` leads on. The newest entries appear here as soon as nothing can come before them any more. ' +
  'With `Accept: text/csv` all of them come at once, and `limit` is not looked at.';

export function registerEventRoutes(app: App, { stores: { entrySearch } }: EventRouteDependencies): void {
  app.get('/events', {
    config: { access: 'user', cost: 'page' },
    schema: {
      operationId: 'listEvents',
      summary: 'My journal entries',
      description: DESCRIPTION,
      tags: ['events'],
      querystring: EntryQuery,
      response: { 200: entryList('EventPage', JournalEntryView) },
    },
    handler: async (request, reply) => {
      const search = { ...searchOf(request.query), userId: principalOf(request).userId };
      const find: FindEntries = (page) => entrySearch.find(search, page);
      return answer(request, reply, { page: pageOf(request.query), find }, OWN);
    },
  });

  app.get('/admin/events', {
    config: { access: 'admin', cost: 'page' },
    schema: {
      operationId: 'listEventsOfPeople',
      summary: 'Journal entries of everyone',
      description: DESCRIPTION,
      tags: ['admin'],
      querystring: AdministeredQuery,
      response: { 200: entryList('AdministeredEventPage', AdministeredEntryView) },
    },
    handler: async (request, reply) => {
      const search = { ...searchOf(request.query), userId: request.query.userId };
      const find: FindEntries = (page) => entrySearch.find(search, page);
      return answer(request, reply, { page: pageOf(request.query), find }, OF_ANYONE);
    },
  });
}

/** How entries are shown. */
interface Shown<View> {
  readonly columns: readonly string[];
  readonly view: (entry: StoredJournalEntry) => View;
}

const OWN = { columns: Object.keys(JournalEntryView.properties), view: journalEntryView };
const OF_ANYONE = { columns: Object.keys(AdministeredEntryView.properties), view: administeredEntryView };

/** A page, or all from there on as CSV. */
async function answer<View extends Readonly<Record<string, unknown>>>(
  request: FastifyRequest,
  reply: FastifyReply,
  { page, find }: { readonly page: EntryPageRequest; readonly find: FindEntries },
  { columns, view }: Shown<View>,
) {
  if (wantsCsv(request)) {
    asCsvFile(reply, 'events');
    return reply.send(entriesCsv(request, columns, pagesFrom(page, find), view));
  }
  const found = await find(page);
  return { items: found.entries.map(view), nextCursor: nextCursorOf(page, found) };
}

function entryList<View extends TObject>(name: string, view: View) {
  return {
    description: 'A page of entries, or all of them as CSV.',
    content: {
      'application/json': {
        schema: namedObject(name, {
          items: Type.Array(view),
          nextCursor: orNull(
            Type.Integer({
              description:
                'Where to read on. Oldest first: the number of the last entry that was looked at, or what was passed when there was none; ' +
                'null when there never was one. Newest first: null at the end.',
            }),
          ),
        }),
      },
      [CSV_MEDIA_TYPE]: { schema: Type.Unsafe<Readable>({ type: 'string' }) },
    },
  };
}
