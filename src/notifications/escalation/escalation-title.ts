/** The title of a notification that is sent again because it was not read. */

import type { Language } from '../notification-types.ts';

const TITLES: Readonly<Record<Language, (title: string, count: string) => string>> = {
  en: (title, count) => `Not read yet (${count}): ${title}`,
  ja: (title, count) => `未読（${count}）：${title}`,
};

export function escalationTitle(title: string, attempt: number, most: number, language: Language): string {
  return TITLES[language](title, `${attempt}/${most}`);
}
