// docs/migrations.md and the code name the same commands, recipes and files, and docs/architecture.md every table.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { databaseCommands, findDatabaseCommand } from '../../src/migrator/commands.ts';
import { entities } from '../../src/entities/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/migrations.md'), 'utf8');
const packageFile: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

const all = (pattern: RegExp, of = text) => [
  ...new Set([...of.matchAll(pattern)].map(([, found = '']) => found)),
];
const section = (title: string, of = text) => of.split(/^## /m).find((part) => part.startsWith(title)) ?? '';

/** Every command that the page writes: ours, in backticks, in a block of shell or in a sentence, and those by Django's names. */
const written = (of: string): string[][] =>
  [
    ...[...of.matchAll(/(?<=[`\s])(?:npm run db --|manage db|db) ([a-z]+(?:[^`\n#|;,]*))/g)].map(
      ([, words = '']) => ['db', words],
    ),
    ...[...of.matchAll(/`manage (?!db\b)([a-z]+[^`]*)`/g)].map(([, words = '']) => [words]),
  ].map((parts) => parts.flatMap((part) => part.trim().split(/\s+/)));

describe('docs/migrations.md', () => {
  it('names every command about the schema, and no other', async () => {
    const named = new Set<string>();
    for (const words of written(text))
      named.add((await findDatabaseCommand(words))?.command.name ?? words.join(' '));

    expect([...named].toSorted()).toEqual(databaseCommands.map(({ name }) => name).toSorted());
    expect(text).not.toMatch(/\bdb:[a-z]/);
  });

  it('gives them options that they know, and those that go with them', async () => {
    for (const words of written(text)) {
      const found = await findDatabaseCommand(words);
      const given = (found?.argv ?? []).filter((word) => word.startsWith('--')).map((word) => word.slice(2));
      const { options = {} } = found?.command ?? {};

      expect(Object.keys(options), words.join(' ')).toEqual(expect.arrayContaining(given));
      for (const option of given) {
        const { goesWith = [] } = options[option] ?? {};
        expect(goesWith.length === 0 || goesWith.some((each) => given.includes(each)), words.join(' ')).toBe(
          true,
        );
      }
    }
  });

  it('names npm scripts that exist', () => {
    expect(Object.keys(packageFile.scripts)).toEqual(expect.arrayContaining(all(/npm run ([a-z:-]+)/g)));
  });

  it('has a line for every name that Django gives one of them', () => {
    const django = databaseCommands.flatMap((command) => command.django ?? []);

    for (const name of django) expect(section('From Django')).toContain(`\`manage ${name}`);
  });

  it('leaves it to docs/architecture.md to say of every table what it is for', () => {
    const machinery = ['mikro_orm_migrations'];
    const tables = entities.map(({ meta }) => meta.tableName);

    const rows = section('Tables', readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8'));

    expect(all(/`([a-z_]+)`/g, rows).toSorted()).toEqual([...tables, ...machinery].toSorted());
  });

  it('names recipes that exist', () => {
    const folder = join(ROOT, 'src/migrator/author/recipes');
    const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    const recipes = sources.flatMap((source) => all(/export function (\w+)/g, source));
    const named = all(/`([a-z]+(?:[A-Z][a-z]+)+)`/g, section('Zero downtime').split('They are in')[0]);

    expect(named.length).toBeGreaterThan(8);
    expect(recipes).toEqual(expect.arrayContaining(named));
  });

  it('points to files that exist', () => {
    for (const path of all(/`((?:src|\.github)\/[\w./-]+)`/g))
      expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});
