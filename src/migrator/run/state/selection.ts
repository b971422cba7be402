/** Decides which migrations to run; a name that does not exist is an error and never means "all". */
import { MigratorFailure } from '../../failure.ts';
import { fileOf, stepOf } from './entry-name.ts';
import { nearestNames } from './nearest-names.ts';
import type { MigrateOptions } from '@mikro-orm/core';

/** What the caller asked for, as MikroORM's commands spell it. */
export interface Selection {
  readonly from?: string | number | undefined;
  readonly to?: string | number | undefined;
  readonly migrations?: readonly string[] | undefined;
}

/** `all` are the names of the files in order, `applied` those of the table in the order in which they were applied. */
export interface MigrationNames {
  readonly all: readonly string[];
  readonly applied: readonly string[];
}

/** Reads what MikroORM's commands and callers hand over. MigratorFailure `command-invalid` for options that would be ignored. */
export function selectionOf(options: string | string[] | MigrateOptions | undefined): Selection {
  if (typeof options === 'string') return { migrations: [options] };
  if (Array.isArray(options)) return { migrations: options };
  // Ignoring these would change what the caller believes unchanged.
  const isPlain = options?.transaction === undefined && options?.schema === undefined;
  if (isPlain) return { from: options?.from, to: options?.to, migrations: options?.migrations };
  throw new MigratorFailure(
    'command-invalid',
    'Migrations run in transactions of their own and in the default schema only.',
  );
}

/** Returns the pending migrations to apply, in order. */
export function selectUp(names: MigrationNames, { from, to, migrations }: Selection): string[] {
  const applied = new Set(names.applied);
  const first = from === undefined || from === 0 ? 0 : names.all.indexOf(resolveName(names.all, from)) + 1;
  const last = to === undefined ? names.all.length : names.all.indexOf(resolveName(names.all, to));
  const wanted = migrations && new Set(migrations.flatMap((name) => resolveNames(names.all, name)));
  return names.all
    .slice(first, last + 1)
    .filter((name) => !applied.has(name) && (wanted === undefined || wanted.has(name)));
}

/** Returns the applied migrations to revert, newest first: one, all after `to` (0 is all), or those named. */
export function selectDown(names: MigrationNames, { to, migrations }: Selection): string[] {
  const newestFirst = names.applied.toReversed();
  const wanted = migrations?.flatMap((name) => resolveNames(names.applied, name));
  const end = to === undefined || to === 0 ? 1 : newestFirst.indexOf(resolveName(names.applied, to));
  const selected =
    wanted === undefined
      ? newestFirst.slice(0, to === 0 ? undefined : end)
      : newestFirst.filter((name) => wanted.includes(name));
  const missing = selected.filter((name) => !names.all.includes(name));
  if (missing.length > 0) {
    throw new MigratorFailure(
      'command-invalid',
      `Nothing was reverted: there is no file for ${missing.join(', ')}. Use the version of the server that has it.`,
    );
  }
  return selected;
}

/** Returns what {@link resolveNames} returns, the last of it: where a file is meant, it is meant to its end. */
export function resolveName(known: readonly string[], wanted: string | number): string {
  return resolveNames(known, wanted).at(-1) ?? String(wanted);
}

/**
 * Accepts the whole name, its number or the words behind it, as long as exactly one file is meant, and returns all its entries; with
 * `/2` behind it, that step alone.
 */
export function resolveNames(known: readonly string[], wanted: string | number): readonly string[] {
  const text = String(wanted).replace(/\.[jt]s$/, '');
  const meant = known.filter((name) => spellingsOf(name).includes(text));
  const files = new Set(meant.map(fileOf)).size;
  if (files === 1) return meant;
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was done: ${files === 0 ? 'there is no' : 'there is more than one'} migration "${text}" to go to. ` +
      `Did you mean ${nearestNames(known, text).join(' or ') || 'another database'}?`,
  );
}

/** `Migration20260102030405_add_note` is also known as `20260102030405` and as `add_note`; its second step as each with `/2` behind it. */
function spellingsOf(name: string): string[] {
  const [file, step] = [fileOf(name), stepOf(name)];
  const words = /^Migration(\d{14})(?:_(.+))?$/.exec(file) ?? [];
  const files = [file, ...words.slice(1).filter((part) => part !== undefined)];
  return step === '' ? files : [...files, ...files.map((each) => `${each}${step}`)];
}
