/** What a command says of itself. */
import type { Option } from './command-option.ts';

/** A terminal is this wide, or wider. */
const WIDTH = 110;
const GAP = 2;

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
    `${usage}\n`,
    ...about.split('\n\n').map((paragraph) => `\n${wrapped(paragraph, 0)}`),
    ...(rows.length === 0 ? [] : ['\n', columns(rows)]),
    ...(exits === undefined ? [] : [`\n${wrapped(`Exit code: ${exits}`, 0)}`]),
    ...(django === undefined ? [] : [`\nIn Django: ${django}\n`]),
  ].join('');
}

/** Returns pairs as two columns, the second wrapped. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2 * GAP;
  return rows
    .map(([left, right]) => `${' '.repeat(GAP)}${left}`.padEnd(width) + wrapped(right, width).trimStart())
    .join('');
}

function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent + line.length + word.length >= WIDTH) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${' '.repeat(indent)}${each}\n`).join('');
}
