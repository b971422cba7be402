/** Accounts and their limits, always asked for by owner unless the server itself asks. */

import { randomUUID } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import { OandaAccountRecord } from '../../entities/index.ts';
import {
  instantFrom,
  marginRateText,
  moneyFrom,
  moneyText,
  optionalMoneyFrom,
  percentFrom,
  pipsText,
  pointsFromPips,
} from '../../persistence/column-values.ts';
import type {
  AccountSnapshot,
  AccountStatus,
  Environment,
  LiveRail,
  RiskLimits,
} from '../../core/domain/account.ts';
import type { AccountHold } from '../administration/hold.ts';
import type { AccountCurrency } from '../../core/domain/instrument.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import { withChanges } from '../limits/further-limits-input.ts';
import { furtherLimitsColumn, furtherLimitsFrom, readFurtherLimits } from '../limits/stored-limits.ts';
import { assertRoomForAccount } from './account-room-store.ts';
import { appendToJournal } from '../../journal/journal-store.ts';
import { GroupedReads } from '../../persistence/grouped-reads.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { Precondition } from '../../http/preconditions.ts';

/** An account as stored. Money in ten-thousandths, spread limit in points; the snapshot is absent until the broker's log was read. */
export interface StoredAccount {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly environment: Environment;
  readonly brokerAccountId: string;
  readonly currency: AccountCurrency;
  readonly hedging: boolean;
  /** The least margin rate of any instrument; 0 leaves them their own. */
  readonly marginRate: number;
  readonly initialBalance: number | undefined;
  readonly status: AccountStatus;
  /** Why it is halted. */
  readonly statusReason: string | undefined;
  /** What an administrator wants of it. */
  readonly hold: AccountHold | undefined;
  /** Why no process can run it at the moment. */
  readonly fault: AccountFault | undefined;
  readonly isActive: boolean;
  /** Whether the quotes of what it trades are stored. */
  readonly recordQuotes: boolean;
  readonly limits: RiskLimits;
  /** Whether `limits` are all that are stored: an account must not trade without one of them. */
  readonly areLimitsReadable: boolean;
  /** The limits that an account with real money may do without. */
  readonly waivedLimits: readonly LiveRail[];
  readonly snapshot: AccountSnapshot | undefined;
  readonly lastTransactionId: number;
  readonly createdAt: number;
}

/** A problem that keeps an account from being run: its name in the catalogue, and its sentence. */
export interface AccountFault {
  readonly code: string;
  readonly reason: string;
}

/** What a new paper account needs. */
export interface NewAccount {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly currency: AccountCurrency;
  readonly hedging: boolean;
  readonly marginRate?: number | undefined;
  readonly initialBalance: number;
  readonly limits: LimitChanges;
}

/** Limits that change: undefined leaves one as it is, null removes it. */
export type LimitChanges = { readonly [Name in keyof RiskLimits]: RiskLimits[Name] | null };

/** What its owner may change. */
export interface AccountChanges {
  readonly name?: string | undefined;
  readonly limits?: LimitChanges | undefined;
  readonly waivedLimits?: readonly LiveRail[] | undefined;
  readonly recordQuotes?: boolean | undefined;
}

export class AccountStore {
  readonly #orm: Orm;
  readonly #byId: GroupedReads<AccountRow>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#byId = new GroupedReads({
      orm,
      name: 'accounts-by-id',
      select: (db, ids) => selectAccounts(db).where(({ eb, fn, val }) => eb('id', '=', fn.any(val(ids)))),
      keyOf: ({ id }) => id,
    });
  }

  /** Stores a new paper account and returns it; `limit-reached` when its owner has `most` already. */
  async create(account: NewAccount, most = Infinity): Promise<StoredAccount> {
    await this.#orm.em.fork().transactional(async (em) => {
      await assertRoomForAccount(em.getKysely(), account.userId, most);
      em.create(OandaAccountRecord, {
        id: account.id,
        user: account.userId,
        name: account.name,
        environment: 'paper',
        brokerAccountId: `paper-${randomUUID()}`,
        currency: account.currency,
        hedging: account.hedging,
        marginRate: marginRateText(account.marginRate ?? 0),
        initialBalance: moneyText(account.initialBalance),
        ...limitColumns(account.limits),
      });
    });
    const [stored] = await this.#select((query) => query.where('id', '=', account.id));
    if (!stored) throw new Error('The account was removed while it was being made.');
    return stored;
  }

  /** The account with this id if it belongs to this user and was not closed. */
  async findOf(userId: string, accountId: string): Promise<StoredAccount | undefined> {
    const account = await this.find(accountId);
    return account?.userId === userId && account.isActive ? account : undefined;
  }

  /** The account with this id, no matter who owns it. */
  async find(accountId: string): Promise<StoredAccount | undefined> {
    const row = await this.#byId.find(accountId);
    return row && toAccount(row);
  }

  /** The accounts of a user that were not closed, oldest first. */
  async listOf(userId: string): Promise<readonly StoredAccount[]> {
    return this.#select((query) =>
      query.where('user_id', '=', userId).where('is_active', '=', true).orderBy('id'),
    );
  }

  /** Every account that was not closed, oldest first: what the server trades. */
  async listActive(): Promise<readonly StoredAccount[]> {
    return this.#select((query) => query.where('is_active', '=', true).orderBy('id'));
  }

  /** Changes name and limits: only what is named, so that two changes at once are both kept. What `judge` throws of the changed account, or `precondition` of the one before, undoes it. */
  async change(
    accountId: string,
    changes: AccountChanges,
    judge: (changed: StoredAccount) => void,
    precondition?: Precondition<StoredAccount>,
  ): Promise<void> {
    await this.#orm.em.fork().transactional(async (em) => {
      // Locked, because some limits share a column, and what is judged must be what is stored.
      const lock = { lockMode: LockMode.PESSIMISTIC_WRITE };
      const account = await em.findOneOrFail(OandaAccountRecord, accountId, lock);
      const row = selectAccounts(em.getKysely()).where('id', '=', accountId);
      precondition?.(toAccount(await row.executeTakeFirstOrThrow()));
      if (changes.name !== undefined) account.name = changes.name;
      if (changes.limits) em.assign(account, limitColumns(changes.limits, account.furtherLimits));
      if (changes.recordQuotes !== undefined) account.recordQuotes = changes.recordQuotes;
      if (changes.waivedLimits) account.waivedLimits = [...changes.waivedLimits];
      await em.flush();
      judge(toAccount(await row.executeTakeFirstOrThrow()));
    });
  }

  /** Closes an account: it is traded and listed no more; its history stays. */
  async close(accountId: string): Promise<void> {
    const ended = { statusReason: null, faultCode: null, faultReason: null };
    await this.#update(accountId, { isActive: false, status: 'idle', connectedAs: null, ...ended });
  }

  /** Records what the account is doing, why it is halted, and the entry that says so: all or nothing. */
  async setStatus(
    accountId: string,
    status: AccountStatus,
    { reason, entry }: { readonly reason?: string | undefined; readonly entry?: JournalEntry } = {},
  ): Promise<void> {
    await this.#update(accountId, { status, statusReason: reason ?? null }, entry);
  }

  /** Records that a kill has begun: what an administrator asked for is no longer due. */
  async killBegun(accountId: string): Promise<void> {
    await this.#orm.em
      .fork()
      .nativeUpdate(OandaAccountRecord, { id: accountId, killDue: true }, { killDue: false });
  }

  /** Records why the account cannot be run, and the entry that says so; undefined when it can. What its status was before stays. */
  async setFault(accountId: string, fault: AccountFault | undefined, entry: JournalEntry): Promise<void> {
    const columns = { faultCode: fault?.code ?? null, faultReason: fault?.reason ?? null };
    await this.#update(accountId, columns, entry);
  }

  async #update(accountId: string, columns: AccountColumns, entry?: JournalEntry): Promise<void> {
    await this.#orm.em.fork().transactional(async (em) => {
      await em.nativeUpdate(OandaAccountRecord, { id: accountId }, columns);
      await appendToJournal(em.getKysely(), entry ? [entry] : []);
    });
  }

  async #select(narrow: (query: AccountQuery) => AccountQuery): Promise<StoredAccount[]> {
    const rows = await narrow(selectAccounts(queryBuilder(this.#orm))).execute();
    return rows.map(toAccount);
  }
}

type AccountColumns = Partial<
  Pick<
    OandaAccountRecord,
    'isActive' | 'status' | 'statusReason' | 'connectedAs' | 'faultCode' | 'faultReason'
  >
>;
type AccountQuery = ReturnType<typeof selectAccounts>;
type AccountRow = Awaited<ReturnType<AccountQuery['execute']>>[number];

function selectAccounts(db: QueryBuilder) {
  return db.selectFrom('oanda_accounts').selectAll();
}

/** The columns of the limits that change, where `stored` is in the column that several share. */
export function limitColumns(limits: LimitChanges, stored: unknown = null) {
  const { maxOrderUnits, maxPositionUnits, maxDailyLoss, maxSpreadPoints, allowedInstruments, ...further } =
    limits;
  return {
    furtherLimits: furtherLimitsColumn(withChanges(furtherLimitsFrom(stored), further)),
    ...(maxOrderUnits !== undefined && { maxOrderUnits }),
    ...(maxPositionUnits !== undefined && { maxPositionUnits }),
    ...(maxDailyLoss !== undefined && { maxDailyLoss: moneyText(maxDailyLoss ?? undefined) }),
    ...(maxSpreadPoints !== undefined && { maxSpreadPips: pipsText(maxSpreadPoints ?? undefined) }),
    ...(allowedInstruments !== undefined && {
      allowedInstruments: allowedInstruments && [...allowedInstruments],
    }),
  };
}

function toAccount(row: AccountRow): StoredAccount {
  const further = readFurtherLimits(row.further_limits);
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    environment: row.environment,
    brokerAccountId: row.broker_account_id,
    // The service that wrote it checked it against ACCOUNT_CURRENCIES, and the column never changes.
    currency: row.currency as AccountCurrency,
    hedging: row.hedging,
    marginRate: Number(row.margin_rate ?? 0),
    initialBalance: optionalMoneyFrom(row.initial_balance),
    status: row.status,
    statusReason: row.status_reason ?? undefined,
    hold:
      row.held_at === null
        ? undefined
        : { at: row.held_at.getTime(), reason: row.hold_reason ?? undefined, isKillDue: row.kill_due },
    fault:
      row.fault_code === null
        ? undefined
        : { code: row.fault_code, reason: row.fault_reason ?? row.fault_code },
    isActive: row.is_active,
    recordQuotes: row.record_quotes,
    limits: {
      maxOrderUnits: row.max_order_units ?? undefined,
      maxPositionUnits: row.max_position_units ?? undefined,
      maxDailyLoss: optionalMoneyFrom(row.max_daily_loss),
      maxSpreadPoints: pointsFromPips(row.max_spread_pips),
      allowedInstruments: row.allowed_instruments ?? undefined,
      ...further,
    },
    areLimitsReadable: further !== undefined,
    // The service that wrote them checked them.
    waivedLimits: (row.waived_limits ?? []) as readonly LiveRail[],
    snapshot: toSnapshot(row),
    lastTransactionId: row.last_transaction_id,
    createdAt: row.created_at.getTime(),
  };
}

function toSnapshot(row: AccountRow): AccountSnapshot | undefined {
  const at = instantFrom(row.snapshot_at);
  if (at === undefined) return undefined;
  return {
    at,
    balance: moneyFrom(row.balance ?? '0'),
    nav: moneyFrom(row.nav ?? '0'),
    marginUsed: moneyFrom(row.margin_used ?? '0'),
    marginAvailable: moneyFrom(row.margin_available ?? '0'),
    unrealizedPnl: moneyFrom(row.unrealized_pnl ?? '0'),
    isMarginCalled: row.margin_call ?? false,
    marginCloseoutPercent: percentFrom(row.margin_closeout_percent),
    lastTransactionId: row.last_transaction_id,
  };
}
