/** Words of a command line that mean something. */

import { isUuid } from '../core/shared/uuid.ts';
import { misuse } from './command.ts';

/** Returns an id in the form in which it is stored; refuses, with `detail`, what is none. */
export function idFrom(word: string, detail = `${word} is not an id.`): string {
  if (!isUuid(word)) throw misuse(detail);
  return word.toLowerCase();
}

/** Returns the name and the text of a setting, `NAME=TEXT`; refuses what has none of the names. */
export function settingFrom<Name extends string>(
  word: string,
  names: readonly Name[],
  example: string,
): readonly [name: Name, text: string] {
  const [first, text = '', ...more] = word.split('=');
  const name = names.find((known) => known === first);
  if (!name || more.length > 0)
    throw misuse(`${word} is not known: name one of ${names.join(', ')}, such as ${example}.`);
  return [name, text];
}
