/** Entities that stand in their folder and not in the list of all: no migration would ever make their tables. */
import { EntitySchema } from '@mikro-orm/core';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MigratorFailure } from '../../failure.ts';
import type { Project } from '../../run/project.ts';

/** Returns when every entity of the folder is listed; MigratorFailure `conflict` names those that are not. */
export async function refuseUnlistedEntities({ entities, entityFolder }: Project): Promise<void> {
  if (entities === undefined || entityFolder === undefined) return;
  const listed = new Set((await entities()).map(nameOf));
  const found = await Promise.all((await sourceFiles(entityFolder)).map(entitiesOf));
  const unlisted = found.flat().filter(({ entity }) => !listed.has(nameOf(entity)));
  if (unlisted.length === 0) return;
  const names = unlisted.map(({ path, name }) => `${name} of ${path}`).join(', ');
  throw new MigratorFailure(
    'conflict',
    `${names}: declared there, and not in the list of entities, so no migration makes the table. ` +
      'The migrations stay as they are. List what is to have a table, and then "npm run manage db make -- --name what_it_does".',
  );
}

/** What an entity is known by: those that are listed may have been loaded from elsewhere, as in the image, and then are others. */
function nameOf({ meta: { className, tableName } }: EntitySchema): string {
  return `${className} ${tableName}`;
}

async function sourceFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith('.ts') && !/\.(?:test|d)\.ts$/.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

interface FoundEntity {
  readonly path: string;
  /** As the file exports it. */
  readonly name: string;
  readonly entity: EntitySchema;
}

async function entitiesOf(path: string): Promise<FoundEntity[]> {
  const exports = (await import(path)) as Readonly<Record<string, unknown>>;
  return Object.entries(exports).flatMap(([name, entity]) => {
    // An abstract one, or one that lies within another, has no table.
    const hasTable = entity instanceof EntitySchema && !entity.meta.abstract && !entity.meta.embeddable;
    return hasTable ? [{ path, name, entity }] : [];
  });
}
