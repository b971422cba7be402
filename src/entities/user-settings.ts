/** One user's defaults for new strategies and choices about notifications. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, jsonObject, pips, updatedAt, wholeNumber } from './columns.ts';
import { SEVERITIES } from '../core/domain/journal-entry.ts';
import { UserSchema } from './user.ts';

export const SCALING_MODES = ['additive', 'multiplicative'] as const;

export const UserSettingsSchema = defineEntity({
  name: 'UserSettingsRecord',
  tableName: 'user_settings',
  properties: {
    id: id(),
    // Settings are deleted with their user.
    user: p.oneToOne(UserSchema).owner().ref().deleteRule('cascade'),
    defaultUnits: wholeNumber().default(1000).check('default_units > 0'),
    defaultTakeProfitPips: pips().default('25').check('default_take_profit_pips > 0'),
    defaultRetracementPips: pips().default('30').check('default_retracement_pips > 0'),
    defaultScalingMode: p.enum(SCALING_MODES).default('additive'),
    notifyEmail: p.boolean().default(true),
    notifyWebhookUrl: p.text().strictNullable(),
    notifyMinSeverity: p.enum(SEVERITIES).default('warning'),
    preferences: jsonObject().defaultRaw(`'{}'::jsonb`),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class UserSettingsRecord extends UserSettingsSchema.class {}
UserSettingsSchema.setClass(UserSettingsRecord);
