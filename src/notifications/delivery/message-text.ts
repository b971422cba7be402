/** A message as people read it, in their language. */

import { NOTIFICATION_TYPES } from '../notification-types.ts';
import type { Language, NotificationType } from '../notification-types.ts';
import type { Message } from './message.ts';

export interface MessageText {
  /** One line. */
  readonly subject: string;
  readonly text: string;
}

interface Words {
  readonly many: (count: number) => string;
  readonly more: (count: number) => string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    many: (count) => `${count} notifications`,
    more: (count) => `… and ${count} more. All of them are in the app.`,
  },
  ja: {
    many: (count) => `通知 ${count}件`,
    more: (count) => `ほか${count}件。すべての通知はアプリで確認できます。`,
  },
};

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', ja: 'ja-JP' };
/** More types than these make no subject. */
const TYPES_IN_SUBJECT = 3;

/** Returns the text of a message: of one notification its own, of many the counts of each type and then the first of them. */
export function messageText(message: Message, language: Language, timezone: string): MessageText {
  const [first] = message.items;
  if (message.count === 1 && first) return { subject: first.title, text: first.message };
  const words = WORDS[language];
  const counts = Object.entries(message.countsByType)
    .toSorted(([, a], [, b]) => b - a)
    .map(([type, count]) => `${count} × ${titleOf(type, language)}`);
  const time = new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const items = message.items.map(
    ({ title, message: text, createdAt }) => `${time.format(new Date(createdAt))}  ${title}\n${text}`,
  );
  const left = message.count - message.items.length;
  return {
    subject:
      counts.length > TYPES_IN_SUBJECT
        ? words.many(message.count)
        : `${words.many(message.count)}: ${counts.join(', ')}`,
    text: [counts.join('\n'), ...items, ...(left > 0 ? [words.more(left)] : [])].join('\n\n'),
  };
}

/** A type that a later version stored is called by its name. */
function titleOf(type: string, language: Language): string {
  const types: Readonly<Record<string, NotificationType>> = NOTIFICATION_TYPES;
  return types[type]?.titles[language] ?? type;
}

/** Returns the beginning of a text. Half of a character at the end is not valid: a receiver may refuse the whole message for it. */
export function cutText(text: string, length: number): string {
  return text.slice(0, length).toWellFormed();
}
