/** Which entries are asked for over HTTP: the parameters that the lists of the journal have in common. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { JOURNAL_CATEGORIES, SEVERITIES } from '../core/domain/journal-entry.ts';
import { limitOf, pageParameters } from '../http/pagination.ts';
import { refusedQuery } from '../http/refused-query.ts';
import { timeParameters, timeRange } from '../http/time-filter.ts';
import { Id, SequenceInput } from '../http/values.ts';
import type { Severity } from '../core/domain/journal-entry.ts';
import type { EntryPageRequest, EntrySearch } from './entry-search-store.ts';

/** Oldest first, or newest first. */
const ENTRY_ORDERS = ['asc', 'desc'] as const;
/** A search for one letter finds everything. */
export const SHORTEST_TEXT = 2;
export const LONGEST_TEXT = 100;
const MOST_TYPES = 20;

export const EntryQuery = Type.Object(
  {
    limit: pageParameters.limit,
    order: Type.Optional(
      Type.Enum(ENTRY_ORDERS, { default: 'asc', description: 'Oldest first (asc) or newest first (desc).' }),
    ),
    after: Type.Optional(
      Type.Integer({
        ...SequenceInput,
        description: 'Only entries above this number: the last one that is known, oldest first.',
      }),
    ),
    before: Type.Optional(
      Type.Integer({
        ...SequenceInput,
        description: 'Only entries below this number: the last one that is known, newest first.',
      }),
    ),
    ...timeParameters('recorded (`recordedAt`)'),
    type: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 100, examples: ['order-filled'] }), {
        minItems: 1,
        maxItems: MOST_TYPES,
        description: 'One type or several.',
      }),
    ),
    severity: Type.Optional(Type.Enum(SEVERITIES, { description: 'Only entries as severe, or more.' })),
    category: Type.Optional(Type.Enum(JOURNAL_CATEGORIES)),
    accountId: Type.Optional(Id),
    strategyId: Type.Optional(Id),
    text: Type.Optional(
      Type.String({
        minLength: SHORTEST_TEXT,
        maxLength: LONGEST_TEXT,
        description: 'A part of the description; capitals and small letters are the same.',
      }),
    ),
  },
  { additionalProperties: false },
);

type EntryQuery = Static<typeof EntryQuery>;

/** Returns what a query looks for; throws `invalid-request` when its times cannot be. */
export function searchOf(query: EntryQuery): Omit<EntrySearch, 'userId'> {
  const { type: types, severity, category, accountId, strategyId, text } = query;
  const severities = severity && atLeast(severity);
  return { types, severities, category, accountId, strategyId, text, recorded: timeRange(query) };
}

/** Returns the page that a query wants; throws `invalid-request` when no number is in it. */
export function pageOf(query: EntryQuery): EntryPageRequest {
  const { after, before, order } = query;
  if (after !== undefined && before !== undefined && after >= before)
    throw refusedQuery('/after', 'must be below `before`');
  return { after, before, isDescending: order === 'desc', limit: limitOf(query) };
}

/** Returns the severities from one on. */
export function atLeast(severity: Severity): readonly Severity[] {
  return SEVERITIES.slice(SEVERITIES.indexOf(severity));
}
