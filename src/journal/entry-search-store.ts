/** Looking through the journal by what no index answers: each page looks at so many entries and no more. */

import { readBuilder } from '../persistence/query-builder.ts';
import { runPrepared } from '../persistence/prepared-statement.ts';
import { entriesWith, numbers, numbersOf } from './entry-query-store.ts';
import { readHorizon } from './journal-horizon-store.ts';
import { toEntry } from './journal-store.ts';
import type { JournalCategory, Severity } from '../core/domain/journal-entry.ts';
import type { TimeRange } from '../persistence/page.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';
import type { EntryOwner, EntryRange, JournalFilter, NumbersQuery } from './entry-query-store.ts';
import type { StoredJournalEntry } from './journal-store.ts';

/** Entries that one page looks at to find those that are wanted: some ten milliseconds. */
const LOOKED_AT = 5_000;
/** Entries are numbered about in the order of their times: each copy of the server writes the time of its own clock. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

/** What is looked for. */
export interface EntrySearch extends JournalFilter {
  readonly category?: JournalCategory | undefined;
  readonly types?: readonly string[] | undefined;
  readonly severities?: readonly Severity[] | undefined;
  /** When they were recorded. */
  readonly recorded?: TimeRange | undefined;
  /** A part of their sentence, in any case. */
  readonly text?: string | undefined;
}

/** One page: entries with numbers above `after` and below `before`, the oldest first or the newest. */
export interface EntryPageRequest {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly isDescending: boolean;
  readonly limit: number;
}

/** What was found. `place` is the number to read on from, in the same direction; undefined when nothing was looked at. */
export interface FoundEntries {
  readonly entries: readonly StoredJournalEntry[];
  readonly place: number | undefined;
  /** Whether there may be more behind it now. */
  readonly hasMore: boolean;
}

export class EntrySearchStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Returns the next entries that are wanted. A page may have few or none of them, and others still follow: see {@link FoundEntries}. */
  async find(search: EntrySearch, page: EntryPageRequest): Promise<FoundEntries> {
    const { limit, isDescending } = page;
    const bounds = await this.#boundsOf(search, page);
    const db = readBuilder(this.#orm);
    const owner = await ownerOf(db, search.userId);
    const among = (count: number): NumbersQuery => {
      const range = { ...bounds, limit: count, isDescending };
      return owner ? numbersOf(db, owner, search, range) : numbers(db, search, range);
    };
    const range = { ...bounds, limit, isDescending };
    if (!looksInside(search)) {
      const rows = await entriesWith(db, among(limit), range).execute();
      return { entries: rows.map(toEntry), place: rows.at(-1)?.sequence, hasMore: rows.length === limit };
    }
    const rows = await entriesWith(db, wanted(db, among(LOOKED_AT), search, range), range).execute();
    const entries = rows.map(toEntry);
    if (rows.length === limit) return { entries, place: rows.at(-1)?.sequence, hasMore: true };
    const seen = await db
      .selectFrom(among(LOOKED_AT).as('seen'))
      .select(({ fn }) => [
        fn.countAll<string>().as('entries'),
        fn.min<string | null>('seen.sequence').as('lowest'),
        fn.max<string | null>('seen.sequence').as('highest'),
      ])
      .executeTakeFirstOrThrow();
    const place = isDescending ? seen.lowest : seen.highest;
    return {
      entries,
      place: place === null ? undefined : Number(place),
      hasMore: Number(seen.entries) === LOOKED_AT,
    };
  }

  async #boundsOf({ recorded }: EntrySearch, { after = 0, before }: EntryPageRequest) {
    const { settled } = await readHorizon(this.#orm);
    const until = before === undefined ? settled : Math.min(settled, before - 1);
    const { from, until: to } = recorded ?? {};
    return {
      after:
        from === undefined ? after : Math.max(after, (await this.#firstSince(from - CLOCKS_DIFFER_MS)) - 1),
      until: to === undefined ? until : Math.min(until, (await this.#firstSince(to + CLOCKS_DIFFER_MS)) - 1),
    };
  }

  /** Returns the number of the first entry of a time or later; one above the last number when there is none. */
  async #firstSince(at: number): Promise<number> {
    const [row] = await runPrepared(this.#orm, { name: 'first-entry-since', text: FIRST_SINCE }, [
      new Date(at),
    ]);
    return Number(row?.['sequence'] ?? 0);
  }
}

async function ownerOf(db: QueryBuilder, userId: string | undefined): Promise<EntryOwner | undefined> {
  if (userId === undefined) return undefined;
  const accounts = await db.selectFrom('oanda_accounts').select('id').where('user_id', '=', userId).execute();
  return { userId, accountIds: accounts.map(({ id }) => id) };
}

/** Whether entries have to be looked at one by one. */
function looksInside({ category, types, severities, recorded, text }: EntrySearch): boolean {
  return [category, types, severities, recorded?.from, recorded?.until, text].some(
    (sought) => sought !== undefined,
  );
}

function wanted(
  db: QueryBuilder,
  among: NumbersQuery,
  { category, types, severities, recorded, text }: EntrySearch,
  { limit, isDescending }: EntryRange,
): NumbersQuery {
  let query = db.selectFrom('events').select('sequence').where('sequence', 'in', among);
  if (category !== undefined) query = query.where('category', '=', category);
  if (types) query = query.where('type', 'in', types);
  if (severities) query = query.where('severity', 'in', severities);
  if (recorded?.from !== undefined) query = query.where('occurred_at', '>=', new Date(recorded.from));
  if (recorded?.until !== undefined) query = query.where('occurred_at', '<', new Date(recorded.until));
  if (text !== undefined)
    query = query.where(
      ({ fn, val }) => fn<number>('strpos', [fn('lower', ['description']), fn('lower', [val(text)])]),
      '>',
      0,
    );
  return query.orderBy('sequence', isDescending === true ? 'desc' : 'asc').limit(limit);
}

/** Halves the numbers until one is left; each step looks at one entry, by its number. */
const FIRST_SINCE = `
  with recursive halves as (
    select coalesce(min(sequence), 1) as low, coalesce(max(sequence), 0) + 1 as high from events
    union all
    select
      case when entry.occurred_at < $1 then entry.sequence + 1 else halves.low end,
      case when entry.occurred_at < $1 then halves.high else (halves.low + halves.high) / 2 end
    from halves
    cross join lateral (
      select sequence, occurred_at from events
      where sequence >= (halves.low + halves.high) / 2
      order by sequence limit 1
    ) as entry
    where halves.low < halves.high
  )
  select max(low) as sequence from halves`;
