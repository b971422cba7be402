// docs/migrations.md and the code name the same commands, tables, recipes and files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  databaseCommandSummaries,
  findDatabaseCommand,
} from '../../src/migrator/commands/index-of-commands.ts';
import { entities } from '../../src/entities/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/migrations.md'), 'utf8');
const packageFile: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

const all = (pattern: RegExp, of = text) => [
  ...new Set([...of.matchAll(pattern)].map(([, found = '']) => found)),
];
const section = (title: string) => text.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
const commands = databaseCommandSummaries().map(([name]) => name);

describe('docs/migrations.md', () => {
  it('names every command about the schema, and no other', () => {
    expect(all(/\b(db:[a-z-]+)/g).toSorted()).toEqual(commands.toSorted());
  });

  it('names npm scripts that exist; every command has one', () => {
    const scripts = Object.keys(packageFile.scripts);

    expect(scripts).toEqual(expect.arrayContaining(all(/npm run ([a-z:-]+)/g)));
    expect(scripts).toEqual(expect.arrayContaining(commands));
  });

  it('gives Django names that manage understands', () => {
    const named = all(/`manage ([a-z]+)`/g);

    expect(named.length).toBeGreaterThan(4);
    for (const name of named) expect(findDatabaseCommand(name), name).toBeDefined();
  });

  it('says of every table what it is for', () => {
    const machinery = ['mikro_orm_migrations', 'migration_attempts'];
    const tables = entities.map(({ meta }) => meta.tableName);

    expect(all(/`([a-z_]+)`/g, section('Tables')).toSorted()).toEqual([...tables, ...machinery].toSorted());
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
