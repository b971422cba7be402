/** From notifications to messages: to which channels of each person they go, and when. */

import { SEVERITIES } from '../../core/domain/journal-entry.ts';
import { dueAt } from './due-at.ts';
import { messageOf } from './message.ts';
import type { Severity } from '../../core/domain/journal-entry.ts';
import type { ChannelKind, StoredChannel } from '../channels/channel-store.ts';
import type { NotificationSettings } from '../channels/notification-settings-store.ts';
import type { NewNotification } from '../notification-store.ts';
import type { Recipient } from '../recipient-store.ts';
import type { PlannedMessage } from './planned-message-store.ts';
import type { MessageItem } from './message.ts';

/** What is known of a person who has notifications. */
export interface PersonPlan {
  readonly recipient: Recipient;
  readonly settings: NotificationSettings;
  readonly channels: readonly StoredChannel[];
}

/** A notification as far as the plan is concerned. One that was made earlier, and is sent again, says when (UTC ms). */
export interface PlannedNotification extends Omit<NewNotification, 'sequence'> {
  readonly createdAt?: number;
}

/** A channel as far as the plan is concerned. */
interface WantedChannel {
  readonly channelId: string | undefined;
  readonly kind: ChannelKind;
  readonly minSeverity: Severity;
  readonly mutedTypes: readonly string[];
  readonly isDigest: boolean;
}

/** This severity waits for nothing: no group, no quiet hours, no digest. */
const URGENT: Severity = 'critical';

export function isUrgent({ severity }: Pick<NewNotification, 'severity'>): boolean {
  return severity === URGENT;
}

interface MessageMoment {
  /** UTC ms. */
  readonly now: number;
  readonly canMail: boolean;
  /** The one notification, when it is sent again. */
  readonly repeats?: string | undefined;
}

/** Returns the messages about a person's notifications, made at `now` (UTC ms). E-mail is for those whose address is known to be theirs. */
export function planMessages(
  notifications: readonly PlannedNotification[],
  person: PersonPlan,
  { now, canMail, repeats }: MessageMoment,
): readonly PlannedMessage[] {
  const { recipient, settings } = person;
  const hasMail = canMail && recipient.verifiedEmail !== undefined;
  const channels = wantedChannels(person).filter(({ kind }) => kind !== 'email' || hasMail);
  return channels.flatMap((channel) => {
    const wanted = notifications.filter((one) => isWanted(one, channel));
    return [true, false].flatMap((areUrgent): PlannedMessage[] => {
      const [first, ...rest] = wanted
        .filter((one) => isUrgent(one) === areUrgent)
        .map((one) => toItem(one, now));
      if (!first) return [];
      const { channelId, kind, isDigest } = channel;
      return [
        {
          userId: recipient.userId,
          channelId,
          kind,
          isUrgent: areUrgent,
          message: messageOf([first, ...rest]),
          plannedAt: now,
          dueAt: areUrgent ? now : dueAt(now, { ...settings, timezone: recipient.timezone, isDigest }),
          groupMs: settings.groupSeconds * 1_000,
          repeats,
        },
      ];
    });
  });
}

/** A person's channels; of a kind of which they have none, what `/settings` say. */
function wantedChannels({ recipient, channels }: PersonPlan): readonly WantedChannel[] {
  const { notifyEmail, notifyWebhookUrl, notifyMinSeverity } = recipient;
  const bySettings = (kind: ChannelKind, isWished: boolean): readonly WantedChannel[] =>
    isWished && !channels.some((channel) => channel.kind === kind)
      ? [{ channelId: undefined, kind, minSeverity: notifyMinSeverity, mutedTypes: [], isDigest: false }]
      : [];
  return [
    ...channels.filter(({ isOn }) => isOn).map(({ id, ...channel }) => ({ ...channel, channelId: id })),
    ...bySettings('email', notifyEmail),
    ...bySettings('webhook', notifyWebhookUrl !== undefined),
  ];
}

function isWanted(
  { severity, type }: PlannedNotification,
  { minSeverity, mutedTypes }: WantedChannel,
): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(minSeverity) && !mutedTypes.includes(type);
}

function toItem(
  { id, type, severity, title, message, createdAt }: PlannedNotification,
  now: number,
): MessageItem {
  return { id, type, severity, title, message, createdAt: new Date(createdAt ?? now).toISOString() };
}
