/** What a request changed, of what its sender can see. */

import { isRecord } from '../core/shared/json.ts';

/** The fields that are different now; of what is secret or long only that it changed. */
export interface ChangedFields {
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** Said in place of a value that the journal must not hold. */
const HIDDEN = 'changed';
/** What opens something, or leads to where only its owner may write. */
const SECRET = /url|token|secret|password|key/i;
/** A journal is no place to keep what front ends store. */
const LONGEST_VALUE = 2_000;
/** They prove who asks, and change nothing. */
const PROOFS: ReadonlySet<string> = new Set(['password', 'currentPassword', 'code', 'confirmLive']);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns which of the fields with these names, or of all, are different in two views of the same thing; undefined when it is not known, or
 * nothing is. What is gone has no second view, and nothing after.
 */
export function changedFields(
  names: readonly string[] | undefined,
  before: unknown,
  after: unknown,
): ChangedFields | undefined {
  if (!isRecord(before)) return undefined;
  if (!isRecord(after)) return { before: shown(names ?? Object.keys(before), before), after: {} };
  const asked = names?.filter((name) => !PROOFS.has(name));
  const different = differences(
    (asked ?? [...new Set([...Object.keys(before), ...Object.keys(after)])]).filter((name) => name in after),
    before,
    after,
  );
  // In no answer, such as a token.
  const unseen = (asked ?? [])
    .filter((name) => !(name in after))
    .map((name): [string, string] => [name, HIDDEN]);
  if (Object.keys(different.after).length + unseen.length === 0) return undefined;
  return { before: different.before, after: { ...different.after, ...Object.fromEntries<unknown>(unseen) } };
}

function shown(names: readonly string[], fields: Fields): Fields {
  return Object.fromEntries(
    names
      .filter((name) => name in fields && fields[name] !== null && !isHidden(name, fields[name]))
      .map((name) => [name, veiled(fields[name])]),
  );
}

function differences(names: readonly string[], before: Fields, after: Fields): ChangedFields {
  const changed = names.filter((name) => textOf(before[name]) !== textOf(after[name]));
  const pairs = changed.map((name) => [name, inside(name, before[name], after[name])] as const);
  return {
    before: Object.fromEntries(
      pairs.flatMap(([name, pair]) => ('before' in pair ? [[name, pair.before]] : [])),
    ),
    after: Object.fromEntries(pairs.map(([name, pair]) => [name, pair.after])),
  };
}

/** Of two objects only what differs between them. */
function inside(
  name: string,
  before: unknown,
  after: unknown,
): ChangedFields | { readonly before?: unknown; readonly after: unknown } {
  if (SECRET.test(name)) return { after: HIDDEN };
  if (!isRecord(before) || !isRecord(after))
    return isHidden(name, before) || isHidden(name, after)
      ? { after: HIDDEN }
      : { before: veiled(before), after: veiled(after) };
  return differences([...new Set([...Object.keys(before), ...Object.keys(after)])], before, after);
}

/** A value without what is secret inside it, however deep. */
function veiled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(veiled);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, SECRET.test(name) ? HIDDEN : veiled(inner)]),
  );
}

function isHidden(name: string, value: unknown): boolean {
  return SECRET.test(name) || textOf(value).length > LONGEST_VALUE;
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
