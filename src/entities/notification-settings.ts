/** When a person wants to be notified. No row is the same as the defaults. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, updatedAt } from './columns.ts';
import { UserSchema } from './user.ts';

const minuteOfDay = (column: string) => p.smallint().check(`${column} >= 0 and ${column} <= 1439`);

export const NotificationSettingsSchema = defineEntity({
  name: 'NotificationSettingsRecord',
  tableName: 'notification_settings',
  checks: [
    {
      name: 'notification_settings_quiet_is_a_range',
      expression: '(quiet_from is null) = (quiet_until is null)',
    },
  ],
  properties: {
    id: id(),
    // Settings are deleted with their user.
    user: p.oneToOne(UserSchema).owner().ref().deleteRule('cascade'),
    // Minutes of the day in the person's time zone: nothing but what is critical is sent from the first until the second.
    quietFrom: minuteOfDay('quiet_from').strictNullable(),
    quietUntil: minuteOfDay('quiet_until').strictNullable(),
    // When the daily digest is sent.
    digestAt: minuteOfDay('digest_at').default(480),
    // What comes within so many seconds is one message.
    groupSeconds: p.smallint().default(60).check('group_seconds >= 0 and group_seconds <= 3600'),
    // A critical notification that is not read is sent again after so many minutes, so often at most.
    escalateAfterMinutes: p
      .smallint()
      .default(10)
      .check('escalate_after_minutes >= 1 and escalate_after_minutes <= 1440'),
    escalateTimes: p.smallint().default(3).check('escalate_times >= 0 and escalate_times <= 10'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class NotificationSettingsRecord extends NotificationSettingsSchema.class {}
NotificationSettingsSchema.setClass(NotificationSettingsRecord);
