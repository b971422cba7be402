/** An entity missing from the list of all is reported, because no migration would make its table. */
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withRecords } from '../../../src/migrator/commands/records-orm.ts';
import { project } from '../../../src/server/schema.ts';
import type { EntitySchema } from '@mikro-orm/core';

let entityFolder: string;

beforeEach(async () => {
  entityFolder = join(import.meta.dirname, '../../.made', randomBytes(6).toString('hex'));
  await mkdir(entityFolder, { recursive: true });
  await writeFile(
    join(entityFolder, 'note.ts'),
    `import { defineEntity, p } from '@mikro-orm/core';
export const NOTE_LIMIT = 3;
export const NoteSchema = defineEntity({ name: 'Note', tableName: 'notes', properties: { id: p.integer().primary() } });
export const Place = defineEntity({ name: 'Place', embeddable: true, properties: { city: p.string() } });
`,
  );
});

afterEach(() => rm(entityFolder, { recursive: true, force: true }));

const names = (entities: () => Promise<readonly EntitySchema[]>) =>
  withRecords({ folder: entityFolder, entities, entityFolder }, async (orm) =>
    Object.keys(orm.getMetadata().getAll()),
  );

describe('the list of records', () => {
  it('without one that is declared in the folder is refused', async () => {
    await expect(names(async () => [])).rejects.toThrow(
      /NoteSchema of .*note\.ts: declared there, and not in the list/,
    );
  });

  it('with all that are declared is taken', async () => {
    const { NoteSchema } = (await import(join(entityFolder, 'note.ts'))) as { NoteSchema: EntitySchema };

    await expect(names(async () => [NoteSchema])).resolves.toBeDefined();
  });

  it('may have what the files declare from another copy of them, as in the image', async () => {
    const copy = pathToFileURL(join(entityFolder, 'note.ts')).href + '?copy';
    const { NoteSchema } = (await import(copy)) as { NoteSchema: EntitySchema };

    await expect(names(async () => [NoteSchema])).resolves.toBeDefined();
  });

  it('of this server is whole', async () => {
    await expect(withRecords(project, async () => 'whole')).resolves.toBe('whole');
  });
});
