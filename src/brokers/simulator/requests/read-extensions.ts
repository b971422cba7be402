/** Reads client extensions. */

import type { ClientExtensions } from '../order-details.ts';
import type { BodyReader } from './body-reader.ts';
import type { Rejection } from './rejection.ts';

/** The longest id, tag or comment, in characters. Measured on a practice account: 128 is taken, 129 is not. */
const LONGEST = 128;

/** Returns the extensions under `name`; one that is too long is rejected with `PREFIX_ID_INVALID` and so on. */
export function readExtensions(
  reader: BodyReader,
  name: string,
  prefix: string,
  rejection: Rejection,
): ClientExtensions | undefined {
  const part = reader.part(name);
  if (!part) return undefined;
  const read = (field: 'id' | 'tag' | 'comment'): string | undefined => {
    const text = part.text(field);
    rejection.unless((text ?? '').length <= LONGEST, `${prefix}_${field.toUpperCase()}_INVALID`);
    return text;
  };
  const extensions = { id: read('id'), tag: read('tag'), comment: read('comment') };
  const given = Object.entries(extensions).filter(([, text]) => text !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** Returns the extensions after a change: what it does not name stays, what it names with nothing is removed. */
export function changedExtensions(
  old: ClientExtensions | undefined,
  change: ClientExtensions,
): ClientExtensions | undefined {
  const kept = Object.entries({ ...old, ...change }).filter(([, text]) => text !== undefined && text !== '');
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
