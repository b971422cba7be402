/** The journal: what happened, in order, from any entry on. */

import { Type } from 'typebox';
import { JOURNAL_CATEGORIES } from '../core/domain/journal-entry.ts';
import type { Journal } from './journal.ts';
import { JournalEntryView, journalEntryView } from './journal-entry-view.ts';
import { principalOf } from '../http/authenticate.ts';
import { limitOf, pageParameters } from '../http/pagination.ts';
import type { App } from '../http/route.ts';
import { Id, orNull, SequenceInput } from '../http/values.ts';
import { namedObject } from '../http/schemas.ts';

export interface EventRouteDependencies {
  readonly journal: Journal;
}

const ListQuery = Type.Object(
  {
    limit: pageParameters.limit,
    after: Type.Optional(
      Type.Integer({
        ...SequenceInput,
        description: 'The number of the last entry that is known; from the first when left out.',
      }),
    ),
    accountId: Type.Optional(Id),
    strategyId: Type.Optional(Id),
    category: Type.Optional(Type.Enum(JOURNAL_CATEGORIES)),
  },
  { additionalProperties: false },
);

export function registerEventRoutes(app: App, { journal }: EventRouteDependencies): void {
  app.get('/events', {
    config: { access: 'user' },
    schema: {
      operationId: 'listEvents',
      summary: 'My journal entries, oldest first',
      description:
        'The order is that of their numbers, of which some are never used: pass `nextCursor` as `after` to read on. ' +
        'The newest entries appear here as soon as nothing can come before them any more.',
      tags: ['events'],
      querystring: ListQuery,
      response: {
        200: namedObject('EventPage', {
          items: Type.Array(JournalEntryView),
          nextCursor: orNull(
            Type.Integer({
              description:
                'The number of the last entry here, or what was passed when there is none; null when there never was one.',
            }),
          ),
        }),
      },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { after, accountId, strategyId, category } = request.query;
      const entries = await journal.readAfter(
        after,
        { userId, accountId, strategyId, category },
        limitOf(request.query),
      );
      return { items: entries.map(journalEntryView), nextCursor: entries.at(-1)?.sequence ?? after ?? null };
    },
  });
}
