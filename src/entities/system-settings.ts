/** What administrators decide for the whole server: at most one row, and the defaults when there is none. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, updatedAt } from './columns.ts';

export const SIGN_UP_MODES = ['open', 'listed', 'closed'] as const;

export const SECOND_FACTOR_DUTIES = ['none', 'administrators', 'everyone'] as const;

export const SystemSettingsSchema = defineEntity({
  name: 'SystemSettingsRecord',
  tableName: 'system_settings',
  properties: {
    id: p.smallint().primary().autoincrement(false).default(1).check('id = 1'),
    signUp: p.enum(SIGN_UP_MODES).default('open'),
    // Addresses and domains (`@example.org`) that may sign up when it is for those that are listed.
    listedSignUps: p.array().columnType('text[]').defaultRaw(`'{}'`),
    // How much one person may have, by the name of the limit; the usual number where one is absent.
    personLimits: p
      .json<Readonly<Record<string, number>>>()
      .defaultRaw(`'{}'`)
      .check(`jsonb_typeof(person_limits) = 'object'`),
    // For how many days entries of the journal are kept. Those about the system follow those about trading until they have days of their own,
    // and those about administration follow those about security.
    journalDays: p.smallint().default(365).check('journal_days >= 30 and journal_days <= 3650'),
    systemJournalDays: p
      .smallint()
      .strictNullable()
      .check('system_journal_days >= 30 and system_journal_days <= 3650'),
    securityJournalDays: p
      .smallint()
      .default(730)
      .check('security_journal_days >= 90 and security_journal_days <= 3650'),
    adminJournalDays: p
      .smallint()
      .strictNullable()
      .check('admin_journal_days >= 90 and admin_journal_days <= 3650'),
    // Whether traders sign in only with a verified e-mail address.
    requireVerifiedEmail: p.boolean().default(false),
    // Whose sessions open nothing but what adds a second factor, until they have one.
    requireSecondFactor: p.enum(SECOND_FACTOR_DUTIES).default('none'),
    // Whether the API's description is for people who are signed in.
    hideApiDescription: p.boolean().default(false),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class SystemSettingsRecord extends SystemSettingsSchema.class {}
SystemSettingsSchema.setClass(SystemSettingsRecord);
