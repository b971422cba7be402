/** Money at a broker: paper, practice or live. */
import { defineEntity, p } from '@mikro-orm/core';
import { ACCOUNT_STATUSES, ENVIRONMENTS, JURISDICTIONS } from '../core/domain/account.ts';
import { createdAt, id, instant, jsonObject, money, pips, updatedAt, wholeNumber } from './columns.ts';
import { UserSchema } from './user.ts';

export const OandaAccountSchema = defineEntity({
  name: 'OandaAccountRecord',
  tableName: 'oanda_accounts',
  checks: [
    {
      name: 'oanda_accounts_broker_needs_token',
      expression: `environment = 'paper' or (token_ciphertext is not null and token_key_id is not null)`,
    },
  ],
  properties: {
    id: id(),
    // Trading history is never deleted as a side effect: a user can be deleted only after their accounts.
    user: p.manyToOne(UserSchema).ref().deleteRule('restrict').index(),
    name: p.string().length(100),
    environment: p.enum(ENVIRONMENTS),
    brokerAccountId: p.string().length(64),
    // The same account in one text while it is connected: two traders of one account would undo each other's work. Null for paper and closed ones.
    connectedAs: p.string().length(100).strictNullable().unique(),
    tokenCiphertext: p.text().strictNullable(),
    tokenKeyId: p.string().length(64).strictNullable(),
    currency: p.string().length(3).check(`currency ~ '^[A-Z]{3}$'`),
    jurisdiction: p.enum(JURISDICTIONS).default('OTHER'),
    hedging: p.boolean().default(false),
    // The least margin rate of any instrument, as the broker's log says; null when the instruments' own hold.
    marginRate: p
      .decimal()
      .precision(10)
      .scale(8)
      .strictNullable()
      .check('margin_rate > 0 and margin_rate <= 1'),
    initialBalance: money().strictNullable().check('initial_balance > 0'),
    // The snapshot is null until the broker has reported it: no number is better than a guessed one.
    balance: money().strictNullable(),
    nav: money().strictNullable(),
    marginUsed: money().strictNullable(),
    marginAvailable: money().strictNullable(),
    unrealizedPnl: money().strictNullable(),
    marginCall: p.boolean().strictNullable(),
    marginCloseoutPercent: p.decimal().precision(10).scale(5).strictNullable(),
    snapshotAt: instant().strictNullable(),
    // The last row of the broker's log that the tables reflect; recovery reads on from here.
    lastTransactionId: wholeNumber().default(0).check('last_transaction_id >= 0'),
    // Grows with every process that takes the account over; a write by a former owner is refused by it.
    ownerEpoch: wholeNumber().default(0).check('owner_epoch >= 0'),
    status: p.enum(ACCOUNT_STATUSES).default('idle'),
    // Why it is halted.
    statusReason: p.text().strictNullable(),
    // An administrator's hold: it takes no new exposure until an administrator lifts it. Since when, whose (no reference: it outlives that
    // person; null from a command), and why.
    heldAt: instant().strictNullable(),
    heldBy: p.uuid().strictNullable(),
    holdReason: p.text().strictNullable(),
    // Whether an administrator asked for a kill that no process has begun.
    killDue: p.boolean().default(false),
    // Why no process can run it at the moment: the problem's name and its sentence. What the status was before stays in its column.
    faultCode: p.string().length(64).strictNullable(),
    faultReason: p.text().strictNullable(),
    // Since when a stream of its broker is silent, as its owner was notified; null when all are heard.
    streamsSilentSince: instant().strictNullable(),
    isActive: p.boolean().default(true),
    // Whether the quotes of what it trades are stored.
    recordQuotes: p.boolean().default(true),
    // Limits: null is "no limit of our own".
    maxOrderUnits: wholeNumber().strictNullable().check('max_order_units > 0'),
    maxPositionUnits: wholeNumber().strictNullable().check('max_position_units > 0'),
    maxDailyLoss: money().strictNullable().check('max_daily_loss > 0'),
    maxSpreadPips: pips().strictNullable().check('max_spread_pips > 0'),
    waivedLimits: p.array().columnType('text[]').strictNullable(),
    allowedInstruments: p.array().columnType('text[]').strictNullable(),
    // Limits on the account as a whole, by name; one that is absent is no limit. The store checks them as it reads.
    furtherLimits: jsonObject().strictNullable().check(`jsonb_typeof(further_limits) = 'object'`),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class OandaAccountRecord extends OandaAccountSchema.class {}
OandaAccountSchema.setClass(OandaAccountRecord);
