/** What happened to the safety of accounts in a time, and what holds now: counted in the database, each list with an end. */

import { instantFrom } from '../../persistence/column-values.ts';
import { readBuilder } from '../../persistence/query-builder.ts';
import { CHANGE_MADE } from '../recorded-changes.ts';
import { CHANGE_NAMES, CHANGES } from './security-changes.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { ChangeCounts } from './security-changes.ts';

/** A person as the overview names them. */
export interface NamedPerson {
  readonly userId: string;
  readonly username: string;
}

/** The overview. Times are UTC ms. */
export interface SecurityOverview {
  readonly from: number;
  readonly to: number;
  readonly failedSignIns: {
    readonly count: number;
    /** Those with the most failures. `people` is how many different people were tried that exist; undefined is an unknown address. */
    readonly byAddress: readonly {
      readonly ipAddress: string | undefined;
      readonly count: number;
      readonly people: number;
    }[];
    readonly byPerson: readonly (NamedPerson & { readonly count: number })[];
  };
  readonly changes: ChangeCounts;
  readonly delayed: readonly (NamedPerson & { readonly until: number })[];
  readonly blocks: {
    readonly automatic: number;
    readonly manual: number;
    readonly newest: readonly HeldBlock[];
  };
  readonly administrators: readonly (NamedPerson & { readonly hasSecondFactor: boolean })[];
  readonly peopleWithoutSecondFactor: number;
  readonly interventions: readonly Intervention[];
}

/** A block that holds; without an end it holds for ever. */
export interface HeldBlock {
  readonly id: string;
  readonly ipAddress: string;
  readonly reason: string;
  readonly isAutomatic: boolean;
  readonly blockedUntil: number | undefined;
}

/** What an administrator did; an operator at a command has no id. */
export interface Intervention {
  readonly sequence: number;
  readonly at: number;
  readonly type: string;
  readonly description: string;
  readonly userId: string | undefined;
  readonly administratorId: string | undefined;
}

/** The instants of an overview, UTC ms. */
export interface OverviewPeriod {
  readonly from: number;
  readonly to: number;
}

const LISTED = 20;
/** More administrators than anyone should have. */
const LISTED_ADMINISTRATORS = 100;
/** Someone who floods the sign-in makes no more work than this. The newest count. */
const MOST_ENTRIES = 100_000;

export class SecurityOverviewStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  async read(period: OverviewPeriod): Promise<SecurityOverview> {
    const db = readBuilder(this.#orm);
    const now = new Date(period.to);
    return {
      ...period,
      failedSignIns: await failedSignIns(db, period),
      changes: await changes(db, period),
      delayed: await delayed(db, now),
      blocks: await blocks(db, now),
      administrators: await administrators(db),
      peopleWithoutSecondFactor: await countWithoutSecondFactor(db),
      interventions: await interventions(db, period),
    };
  }
}

function entries(db: QueryBuilder, category: 'security' | 'admin', { from, to }: OverviewPeriod) {
  return db
    .selectFrom('events')
    .select(['sequence', 'occurred_at', 'type', 'user_id', 'ip_address', 'description', 'details'])
    .where('category', '=', category)
    .where('occurred_at', '>', new Date(from))
    .where('occurred_at', '<=', new Date(to))
    .orderBy('occurred_at', 'desc')
    .limit(MOST_ENTRIES);
}

async function failedSignIns(db: QueryBuilder, period: OverviewPeriod) {
  const failed = () =>
    db.selectFrom(entries(db, 'security', period).as('entry')).where('entry.type', '=', 'login-failed');
  const { count } = await failed()
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  const byAddress = await failed()
    .select(({ fn }) => [
      'entry.ip_address',
      fn.countAll<string>().as('count'),
      fn.count<string>('entry.user_id').distinct().as('people'),
    ])
    .groupBy('entry.ip_address')
    .orderBy('count', 'desc')
    .orderBy('entry.ip_address')
    .limit(LISTED)
    .execute();
  const byPerson = await failed()
    .innerJoin('users', 'users.id', 'entry.user_id')
    .select(({ fn }) => [
      'users.id as userId',
      'users.username as username',
      fn.countAll<string>().as('count'),
    ])
    .groupBy(['users.id', 'users.username'])
    .orderBy('count', 'desc')
    .orderBy('users.id')
    .limit(LISTED)
    .execute();
  return {
    count: Number(count),
    byAddress: byAddress.map((row) => ({
      ipAddress: row.ip_address ?? undefined,
      count: Number(row.count),
      people: Number(row.people),
    })),
    byPerson: byPerson.map((row) => ({ ...row, count: Number(row.count) })),
  };
}

async function changes(db: QueryBuilder, period: OverviewPeriod): Promise<ChangeCounts> {
  const countTypes = (category: 'security' | 'admin') =>
    db
      .selectFrom(entries(db, category, period).as('entry'))
      .select(({ fn }) => ['entry.type', fn.countAll<string>().as('count')])
      .groupBy('entry.type')
      .execute();
  const counted = [...(await countTypes('security')), ...(await countTypes('admin'))];
  const countOf = (types: readonly string[]): number =>
    counted.reduce((sum, { type, count }) => sum + (types.includes(type) ? Number(count) : 0), 0);
  const { count: newDevices } = await db
    .selectFrom(entries(db, 'security', period).as('entry'))
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('entry.type', '=', 'login')
    .where(({ eb, ref }) => eb(ref('entry.details', '->>').key('isNewDevice'), '=', 'true'))
    .executeTakeFirstOrThrow();
  const sums = CHANGE_NAMES.map((name) => [name, countOf(CHANGES[name].types)]);
  return { ...(Object.fromEntries(sums) as ChangeCounts), newDevices: Number(newDevices) };
}

async function delayed(db: QueryBuilder, now: Date) {
  const rows = await db
    .selectFrom('users')
    .select(['id', 'username', 'locked_until'])
    .where('locked_until', '>', now)
    .where('deleted_at', 'is', null)
    .orderBy('locked_until', 'desc')
    .limit(LISTED)
    .execute();
  return rows.map(({ id, username, locked_until }) => ({
    userId: id,
    username,
    until: instantFrom(locked_until) ?? 0,
  }));
}

async function blocks(db: QueryBuilder, now: Date): Promise<SecurityOverview['blocks']> {
  const held = await db
    .selectFrom('blocked_ips')
    .select(['id', 'ip_address', 'reason', 'blocked_until', 'created_by_id', 'failed_attempts'])
    .where(({ eb, or }) => or([eb('blocked_until', 'is', null), eb('blocked_until', '>', now)]))
    .orderBy('blocked_at', 'desc')
    .execute();
  const all = held.map((row) => ({
    id: row.id,
    ipAddress: row.ip_address,
    reason: row.reason,
    // Failures are counted by the server's own blocks only.
    isAutomatic: row.created_by_id === null && row.failed_attempts > 0,
    blockedUntil: instantFrom(row.blocked_until),
  }));
  const automatic = all.filter(({ isAutomatic }) => isAutomatic).length;
  return { automatic, manual: all.length - automatic, newest: all.slice(0, LISTED) };
}

async function administrators(db: QueryBuilder) {
  const rows = await db
    .selectFrom('users')
    .leftJoin('second_factors', 'second_factors.user_id', 'users.id')
    .select(['users.id as userId', 'users.username as username', 'second_factors.confirmed_at as since'])
    .where('users.role', '=', 'admin')
    .where('users.is_active', '=', true)
    .orderBy('users.id')
    .limit(LISTED_ADMINISTRATORS)
    .execute();
  return rows.map(({ since, ...person }) => ({ ...person, hasSecondFactor: since !== null }));
}

async function countWithoutSecondFactor(db: QueryBuilder): Promise<number> {
  const { count } = await db
    .selectFrom('users')
    .leftJoin('second_factors', 'second_factors.user_id', 'users.id')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('users.is_active', '=', true)
    .where('users.deleted_at', 'is', null)
    .where('second_factors.confirmed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function interventions(db: QueryBuilder, period: OverviewPeriod): Promise<readonly Intervention[]> {
  const rows = await entries(db, 'admin', period)
    // Another entry says what was done; this one has the fields.
    .where(({ eb, or, ref }) =>
      or([eb('type', '!=', CHANGE_MADE), eb(ref('details', '->>').key('before'), 'is', null)]),
    )
    .clearLimit()
    .limit(LISTED)
    .execute();
  return rows.map((row) => ({
    sequence: row.sequence,
    at: row.occurred_at.getTime(),
    type: row.type,
    description: row.description,
    userId: row.user_id ?? undefined,
    administratorId: administratorOf(row.details),
  }));
}

function administratorOf(details: Readonly<Record<string, unknown>>): string | undefined {
  const { administratorId } = details;
  return typeof administratorId === 'string' ? administratorId : undefined;
}
