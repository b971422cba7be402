/** What a notification says: a title and a message in the language of the person who reads it. */

import { NOTIFICATION_TYPES } from '../notification-types.ts';
import { inZone } from './entry-facts.ts';
import { japaneseSentence } from './japanese-sentences.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { Language, NotificationTypeName } from '../notification-types.ts';

/** What the title and the message are made of. */
export interface NotifiedEntry {
  readonly type: NotificationTypeName;
  readonly entry: Pick<JournalEntry, 'description' | 'details' | 'ipAddress' | 'userAgent'>;
  /** The names of the account and of the strategy that it is about. */
  readonly accountName: string | undefined;
  readonly strategyName: string | undefined;
}

interface Words {
  readonly account: string;
  readonly strategy: string;
  readonly address: string;
  readonly browser: string;
  readonly separator: string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: { account: 'Account', strategy: 'Strategy', address: 'Address', browser: 'Browser', separator: ': ' },
  ja: { account: '口座', strategy: '戦略', address: 'アドレス', browser: 'ブラウザ', separator: '：' },
};
const SIGN_IN = 'login';

/** Returns the title and the message. What happened is its last line: in English the journal's own sentence. */
export function notificationText(
  { type, entry, accountName, strategyName }: NotifiedEntry,
  { language, timezone }: { readonly language: Language; readonly timezone: string },
): { readonly title: string; readonly message: string } {
  const words = WORDS[language];
  // Addresses and browsers belong to security; of a sign-in they are what the person has to look at.
  const isSignIn = type === SIGN_IN;
  const facts = [
    [words.account, accountName],
    [words.strategy, strategyName],
    [words.address, isSignIn ? entry.ipAddress : undefined],
    [words.browser, isSignIn ? entry.userAgent : undefined],
  ] as const;
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}${words.separator}${value}`],
  );
  return {
    title: NOTIFICATION_TYPES[type].titles[language],
    message: [
      ...lines,
      language === 'ja' ? inJapanese(type, entry.details, timezone) : entry.description,
    ].join('\n'),
  };
}

function inJapanese(type: NotificationTypeName, details: JournalEntry['details'], timezone: string): string {
  return japaneseSentence(type, { details: inZone(details, timezone, 'ja-JP') });
}
