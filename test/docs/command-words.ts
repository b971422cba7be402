/** Whether a command that a page writes exists and knows its options. */

import { existsSync, readFileSync } from 'node:fs';
import { findDatabaseCommand } from '../../src/migrator/commands.ts';
import { findServerCommand } from '../../src/server/operator-commands.ts';

const ROOT = new URL('../../', import.meta.url);
const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(new URL('package.json', ROOT), 'utf8'),
);
/** What npm does by itself. */
const OF_NPM = ['ci', 'start', 'test'];

/** Returns what is wrong with a command; undefined when nothing is. Commands of other programs are not looked at. */
export async function faultOfCommand(words: readonly string[]): Promise<string | undefined> {
  const [name, ...rest] = words;
  const given = rest.filter((word) => word !== '--silent' && word !== '--');
  const isKnown =
    name === 'npm'
      ? await isNpm(given)
      : name === 'npx'
        ? existsSync(new URL(`node_modules/.bin/${given[0]}`, ROOT))
        : name !== 'manage' || (await isManage(given));
  return isKnown ? undefined : `is not known: ${words.join(' ')}`;
}

async function isNpm([task = '', script = '', ...words]: readonly string[]): Promise<boolean> {
  if (OF_NPM.includes(task)) return true;
  if (task !== 'run' || scripts[script] === undefined) return false;
  if (script === 'manage') return isManage(words);
  return script !== 'db' || words.length === 0 || isManage(['db', ...words]);
}

async function isManage(words: readonly string[]): Promise<boolean> {
  const found = await findDatabaseCommand(words);
  if (found) {
    const known = Object.keys(found.command.options);
    return optionsOf(found.argv).every((option) => known.includes(option));
  }
  const [name = '', ...argv] = words;
  const command = await findServerCommand(name);
  if (!command) return false;
  let help = '';
  const io = { stdout: { write: (text: string) => (help += text) }, stderr: { write: () => undefined } };
  await command.run(['--help'], io, () => Promise.reject(new Error('Help needs no database.')));
  return optionsOf(argv).every((option) => help.includes(`  --${option} `));
}

const optionsOf = (words: readonly string[]): readonly string[] =>
  words.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
