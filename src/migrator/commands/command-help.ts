/** The help of a command. */
import { alignedLines } from './text.ts';
import type { Option } from './command-option.ts';

export interface Explained {
  readonly name: string;
  readonly django?: string;
  readonly words?: string;
  readonly about: string;
  readonly exits?: string;
  readonly options: Readonly<Record<string, Option>>;
}

/** Returns the help. */
export function commandHelp({ name, django, words, about, exits, options }: Explained): string {
  const usage = ['Usage: manage db', name, ...(words === undefined ? [] : [words]), '[options]'].join(' ');
  const rows = Object.entries(options).map(([option, { placeholder, says, goesWith = [] }]) => {
    const needs = goesWith.length === 0 ? '' : ` (with ${goesWith.map((each) => `--${each}`).join(', ')})`;
    return [`--${option}${placeholder === undefined ? '' : ` ${placeholder}`}`, `${says}${needs}`] as const;
  });
  return [
    `${usage}\n\n${about.replaceAll(/\n +/g, '\n')}\n`,
    ...(rows.length === 0 ? [] : ['\n', columns(rows)]),
    ...(exits === undefined ? [] : [`\nExit code: ${exits}\n`]),
    ...(django === undefined ? [] : [`\nIn Django: ${django}\n`]),
  ].join('');
}

/** Returns pairs as two columns. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  return alignedLines(rows, '  ');
}
