/** When a person wants to be notified. */

import { Type } from 'typebox';
import { principalOf } from '../../http/authenticate.ts';
import { orNull } from '../../http/values.ts';
import { SENTENCE } from '../../http/field-errors.ts';
import { namedObject } from '../../http/schemas.ts';
import { preconditionOf } from '../../http/preconditions.ts';
import type { Static } from 'typebox';
import type { App } from '../../http/route.ts';
import type { Channels } from './channels.ts';
import type { NotificationSettings } from './notification-settings-store.ts';

export interface NotificationSettingsRouteDependencies {
  readonly notificationChannels: Channels;
}

const TimeOfDay = Type.String({
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
  examples: ['22:30'],
  [SENTENCE]: 'must be a time of the day such as 22:30',
});

const QuietHours = namedObject(
  'QuietHours',
  { from: TimeOfDay, until: TimeOfDay },
  { additionalProperties: false, description: 'May go over midnight.' },
);

const SettingsView = namedObject('NotificationSettings', {
  quietHours: orNull({
    ...QuietHours,
    description:
      'Nothing but what is critical is sent between these times of the day; null when there are none.',
  }),
  digestAt: { ...TimeOfDay, description: 'When the daily digest is sent.' },
  groupSeconds: Type.Integer({
    minimum: 0,
    maximum: 3_600,
    description: 'What comes within so many seconds is one message. Critical ones do not wait.',
  }),
  escalateAfterMinutes: Type.Integer({
    minimum: 1,
    maximum: 1_440,
    description: 'After how many minutes a critical notification that I have not read is sent again.',
  }),
  escalateTimes: Type.Integer({
    minimum: 0,
    maximum: 10,
    description: 'How often it is sent again at most; 0 is never.',
  }),
});

const SettingsPatch = namedObject(
  'NotificationSettingsChange',
  {
    quietHours: Type.Optional(SettingsView.properties.quietHours),
    digestAt: Type.Optional(SettingsView.properties.digestAt),
    groupSeconds: Type.Optional(SettingsView.properties.groupSeconds),
    escalateAfterMinutes: Type.Optional(SettingsView.properties.escalateAfterMinutes),
    escalateTimes: Type.Optional(SettingsView.properties.escalateTimes),
  },
  { additionalProperties: false, examples: [{ digestAt: '07:30' }], minProperties: 1 },
);

const tags = ['notifications'];
const VERSION = Object.keys(SettingsView.properties);

export function registerNotificationSettingsRoutes(
  app: App,
  { notificationChannels: channels }: NotificationSettingsRouteDependencies,
): void {
  app.get('/notification-settings', {
    config: { access: 'user', versionOf: VERSION },
    schema: {
      operationId: 'getNotificationSettings',
      summary: 'When I am notified',
      description: 'Times are in the time zone of `/me`, and texts in its language.',
      tags,
      response: { 200: SettingsView },
    },
    handler: async (request) => settingsView(await channels.settingsOf(principalOf(request).userId)),
  });

  app.patch('/notification-settings', {
    config: { access: 'user', versionOf: VERSION },
    schema: {
      operationId: 'changeNotificationSettings',
      summary: 'Change when I am notified',
      tags,
      body: SettingsPatch,
      response: { 200: SettingsView },
    },
    handler: async (request) => {
      const { quietHours, digestAt, groupSeconds, escalateAfterMinutes, escalateTimes } = request.body;
      const changes = {
        ...(quietHours !== undefined && { quietHours: minutesOf(quietHours) }),
        ...(digestAt !== undefined && { digestAt: minuteOf(digestAt) }),
        ...(groupSeconds !== undefined && { groupSeconds }),
        ...(escalateAfterMinutes !== undefined && { escalateAfterMinutes }),
        ...(escalateTimes !== undefined && { escalateTimes }),
      };
      const precondition = preconditionOf(request, settingsView);
      return settingsView(await channels.changeSettings(principalOf(request).userId, changes, precondition));
    },
  });
}

function minutesOf(hours: Static<typeof QuietHours> | null): NotificationSettings['quietHours'] {
  return hours ? { from: minuteOf(hours.from), until: minuteOf(hours.until) } : undefined;
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function timeOf(minute: number): string {
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60];
  return [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':');
}

function settingsView({ quietHours, digestAt, ...numbers }: NotificationSettings) {
  return {
    ...numbers,
    quietHours: quietHours ? { from: timeOf(quietHours.from), until: timeOf(quietHours.until) } : null,
    digestAt: timeOf(digestAt),
  };
}
