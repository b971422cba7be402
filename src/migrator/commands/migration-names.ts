/** Migrations as people name them: whole, by number, by words, and as in Django. */
import { fileOf, stepOf } from '../run/state/entry-name.ts';
import { resolveName } from '../run/state/selection.ts';
import { misuse } from './io.ts';
import type { CommandIo } from './io.ts';

/** Django numbers its migrations; here it is the place in the order. */
const PLACE = /^0\d{3}$/;

/** Whether a name is a place in the order, which is another migration's after a squash or a merge. */
export function isPlace(wanted: string): boolean {
  return PLACE.test(wanted);
}

/**
 * Returns the whole name of the file that is meant by its name, its number, the beginning of these, the words behind the number, or
 * its place in the order (0002); with the step that is named behind it. MigratorFailure `command-invalid` when it is none or not one.
 */
export function findMigration(known: readonly string[], wanted: string): string {
  const [words, step] = [fileOf(wanted), stepOf(wanted)];
  const files = [...new Set(known.map(fileOf))];
  const beginning = files.filter((name) => name.startsWith(words) || name.startsWith(`Migration${words}`));
  const [only] = beginning;
  const atPlace = isPlace(words) ? files[Number(words) - 1] : undefined;
  const file = (beginning.length === 1 ? only : undefined) ?? atPlace ?? fileOf(resolveName(known, wanted));
  return `${file}${step}`;
}

/** Returns the names with those of one file, which follow each other, in one text: `Migration2026_note/4, /5, /6`. */
export function joinSteps(names: readonly string[]): string[] {
  const files = Map.groupBy(names, fileOf);
  return [...files.values()].map(([first = '', ...more]) => [first, ...more.map(stepOf)].join(', '));
}

/** Returns the words without the app that Django wants before a name; there are none here, and a line says so. */
export function withoutApp(words: readonly string[], known: readonly string[], io: CommandIo): string[] {
  const [app = '', ...names] = words;
  const isName = app === 'zero' || known.some((name) => name.replace(/^Migration\d+_/, '') === app);
  if (names.length !== 1 || isName || !/^[a-z][a-z_]*$/.test(app)) return [...words];
  printApp(app, io);
  return names;
}

/** Takes an app where Django does without a name behind it. MigratorFailure `command-invalid` for more words. */
export function ignoreApp([app, ...more]: readonly string[], io: CommandIo): void {
  if (more.length > 0) throw misuse(`No names are taken here, and ${[app, ...more].join(' ')} were given.`);
  if (app !== undefined) printApp(app, io);
}

function printApp(app: string, io: CommandIo): void {
  io.stderr.write(`There are no apps here: "${app}" is ignored.\n`);
}
