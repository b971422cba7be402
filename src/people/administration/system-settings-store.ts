/** What administrators decide for the whole server, in the database. */

import { SECOND_FACTOR_DUTIES, SIGN_UP_MODES } from '../../entities/system-settings.ts';
import { runPrepared } from '../../persistence/prepared-statement.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { personLimits } from './person-limits.ts';
import type { PersonLimitChanges, PersonLimits } from './person-limits.ts';
import type { JournalCategory } from '../../core/domain/journal-entry.ts';
import type { UserRole } from '../user-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { Precondition } from '../../http/preconditions.ts';

export { SECOND_FACTOR_DUTIES, SIGN_UP_MODES };
/** Who may sign up: anyone, those that are listed, or no one. */
export type SignUpMode = (typeof SIGN_UP_MODES)[number];

/** Who has to have a second factor. */
export type SecondFactorDuty = (typeof SECOND_FACTOR_DUTIES)[number];

/** Returns whether people of a role have to have a second factor. */
export function isDutyOf(role: UserRole, duty: SecondFactorDuty): boolean {
  return duty === 'everyone' || (duty === 'administrators' && role === 'admin');
}

/** The settings of the server. */
export interface SystemSettings {
  readonly signUp: SignUpMode;
  /** Addresses and domains (`@example.org`) in lower case, for the mode `listed`. */
  readonly listedSignUps: readonly string[];
  readonly personLimits: PersonLimits;
  /** For how many days entries of the journal are kept that are about trading. */
  readonly journalDays: number;
  /** Those about the system: as many as those about trading, until an administrator says otherwise. */
  readonly systemJournalDays: number;
  readonly securityJournalDays: number;
  /** Those about administration: as many as those about security, until an administrator says otherwise. */
  readonly adminJournalDays: number;
  /** Whether traders sign in only with a verified address. */
  readonly requireVerifiedEmail: boolean;
  /** Whose sessions open nothing but what adds a second factor, until they have one. */
  readonly requireSecondFactor: SecondFactorDuty;
  /** Whether the API's description is for people who are signed in. */
  readonly hideApiDescription: boolean;
}

/** What may change: undefined leaves a part as it is. */
export interface SystemSettingsChange {
  readonly signUp?: SignUpMode | undefined;
  readonly listedSignUps?: readonly string[] | undefined;
  readonly personLimits?: PersonLimitChanges | undefined;
  readonly journalDays?: number | undefined;
  /** Null follows `journalDays` again. */
  readonly systemJournalDays?: number | null | undefined;
  readonly securityJournalDays?: number | undefined;
  /** Null follows `securityJournalDays` again. */
  readonly adminJournalDays?: number | null | undefined;
  readonly requireVerifiedEmail?: boolean | undefined;
  readonly requireSecondFactor?: SecondFactorDuty | undefined;
  readonly hideApiDescription?: boolean | undefined;
}

/** For how many days entries may be kept. */
export const DAY_LIMITS = {
  journalDays: { minimum: 30, maximum: 3_650 },
  systemJournalDays: { minimum: 30, maximum: 3_650 },
  securityJournalDays: { minimum: 90, maximum: 3_650 },
  adminJournalDays: { minimum: 90, maximum: 3_650 },
} as const;

/** Returns for how many days entries of each category are kept. */
export function daysByCategory(settings: SystemSettings): Readonly<Record<JournalCategory, number>> {
  return {
    trading: settings.journalDays,
    system: settings.systemJournalDays,
    security: settings.securityJournalDays,
    admin: settings.adminJournalDays,
  };
}

/** What holds until an administrator decides otherwise. */
const DEFAULTS: SystemSettings = {
  signUp: 'open',
  listedSignUps: [],
  personLimits: personLimits({}),
  journalDays: 365,
  systemJournalDays: 365,
  securityJournalDays: 730,
  adminJournalDays: 730,
  requireVerifiedEmail: false,
  requireSecondFactor: 'none',
  hideApiDescription: false,
};
const ROW = 1;
const COLUMNS = [
  'sign_up',
  'listed_sign_ups',
  'person_limits',
  'journal_days',
  'system_journal_days',
  'security_journal_days',
  'admin_journal_days',
  'require_verified_email',
  'require_second_factor',
  'hide_api_description',
] as const;

/** Read for each sign-in. */
const READ = { name: 'system-settings', text: `select ${COLUMNS.join()} from system_settings` };

export class SystemSettingsStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  async read(): Promise<SystemSettings> {
    const [row] = await runPrepared(this.#orm, READ, []);
    return row ? toSettings(row as unknown as Row) : DEFAULTS;
  }

  /** Whether a person signs in with a second factor. */
  async hasSecondFactor(userId: string): Promise<boolean> {
    const factor = await queryBuilder(this.#orm)
      .selectFrom('second_factors')
      .select('id')
      .where('user_id', '=', userId)
      .where('confirmed_at', 'is not', null)
      .executeTakeFirst();
    return factor !== undefined;
  }

  /** Changes what is named and nothing else, so that two changes at once are both kept, if the settings are as `precondition` wants them; returns all. */
  async change(
    {
      signUp,
      listedSignUps,
      personLimits: limits,
      journalDays,
      systemJournalDays,
      securityJournalDays,
      adminJournalDays,
      requireVerifiedEmail,
      requireSecondFactor,
      hideApiDescription,
    }: SystemSettingsChange,
    at: number,
    precondition?: Precondition<SystemSettings>,
  ): Promise<SystemSettings> {
    return inTransaction(this.#orm, async (db) => {
      await db
        .insertInto('system_settings')
        .values({ id: ROW })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      // Locked, because the limits share a column.
      const before = await db
        .selectFrom('system_settings')
        .select(COLUMNS)
        .forUpdate()
        .executeTakeFirstOrThrow();
      precondition?.(toSettings(before));
      const row = await db
        .updateTable('system_settings')
        .set({
          ...(signUp && { sign_up: signUp }),
          ...(listedSignUps && { listed_sign_ups: [...listedSignUps] }),
          ...(limits && { person_limits: changed(before.person_limits, limits) }),
          ...(journalDays !== undefined && { journal_days: journalDays }),
          ...(systemJournalDays !== undefined && { system_journal_days: systemJournalDays }),
          ...(securityJournalDays !== undefined && { security_journal_days: securityJournalDays }),
          ...(adminJournalDays !== undefined && { admin_journal_days: adminJournalDays }),
          ...(requireVerifiedEmail !== undefined && { require_verified_email: requireVerifiedEmail }),
          ...(requireSecondFactor !== undefined && { require_second_factor: requireSecondFactor }),
          ...(hideApiDescription !== undefined && { hide_api_description: hideApiDescription }),
          updated_at: new Date(at),
        })
        .returning(COLUMNS)
        .executeTakeFirstOrThrow();
      return toSettings(row);
    });
  }
}

/** The limits as they are to be stored: what is the usual number is left out. */
function changed(
  before: Readonly<Record<string, number>>,
  changes: PersonLimitChanges,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries({ ...before, ...changes }).flatMap(([name, most]) =>
      typeof most === 'number' ? [[name, most]] : [],
    ),
  );
}

interface Row {
  readonly sign_up: SignUpMode;
  readonly listed_sign_ups: readonly string[];
  readonly person_limits: Readonly<Record<string, number>>;
  readonly journal_days: number;
  readonly system_journal_days: number | null;
  readonly security_journal_days: number;
  readonly admin_journal_days: number | null;
  readonly require_verified_email: boolean;
  readonly require_second_factor: SecondFactorDuty;
  readonly hide_api_description: boolean;
}

function toSettings(row: Row): SystemSettings {
  return {
    signUp: row.sign_up,
    listedSignUps: row.listed_sign_ups,
    personLimits: personLimits(row.person_limits),
    journalDays: row.journal_days,
    systemJournalDays: row.system_journal_days ?? row.journal_days,
    securityJournalDays: row.security_journal_days,
    adminJournalDays: row.admin_journal_days ?? row.security_journal_days,
    requireVerifiedEmail: row.require_verified_email,
    requireSecondFactor: row.require_second_factor,
    hideApiDescription: row.hide_api_description,
  };
}
