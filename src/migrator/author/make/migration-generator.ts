/** MikroORM's generator of migrations with guards: our command and MikroORM's both write safe ones. */
import { TSMigrationGenerator } from '@mikro-orm/migrations';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MigratorFailure } from '../../failure.ts';
import { changedParts, planMigrations } from './plan-migrations.ts';
import { schemaToolsOf } from './schema-change.ts';
import { readSnapshot } from './snapshot.ts';
import { composeMigrations, namesInOrder, writeMigrations } from './write-migrations.ts';
import { blankDraft } from './draft.ts';
import type { Draft } from './draft.ts';

/** What MikroORM hands the generator: statements, of which only those of a blank one are of use here. */
interface StockDifference {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** MikroORM's command cannot ask, so a possible rename is refused there; the message names the command that can. */
const NOBODY_SAID = { declared: [], deniesOthers: false };

export class MigrationGenerator extends TSMigrationGenerator {
  /** Writes one or several files and the manifest; returns their texts and names. MikroORM then writes the snapshot. */
  override async generate(
    { up }: StockDifference,
    path?: string,
    name?: string,
  ): Promise<[code: string, fileName: string]> {
    const { pathTs, path: plainPath = '.' } = this.options;
    const folder = resolve(this.driver.config.get('baseDir'), path ?? pathTs ?? plainPath);
    await mkdir(folder, { recursive: true });
    const isBlank = up.length === 1 && up[0] === 'select 1';
    const drafts = isBlank ? await this.#blank(folder) : await this.#plan(folder);
    const migrations = await composeMigrations({
      folder,
      known: await namesInOrder(folder),
      name,
      drafts,
      nowAt: Date.now(),
    });
    await writeMigrations(folder, migrations);
    return [
      migrations.map(({ source }) => source).join('\n'),
      migrations.map((migration) => `${migration.name}.ts`).join(', '),
    ];
  }

  async #plan(folder: string): Promise<Draft[]> {
    const tools = schemaToolsOf(this.driver.config);
    const snapshot = await readSnapshot(folder);
    const target = tools.generator.getTargetSchema();
    return planMigrations({ snapshot, target, renames: NOBODY_SAID }, tools);
  }

  /** MikroORM takes the entities as they are into the snapshot after a blank migration too: what has changed in them would be forgotten. */
  async #blank(folder: string): Promise<Draft[]> {
    const tools = schemaToolsOf(this.driver.config);
    if (changedParts(await readSnapshot(folder), tools.generator.getTargetSchema(), tools).length === 0)
      return [blankDraft('expand')];
    throw new MigratorFailure(
      'command-invalid',
      'Nothing was written: the entities have changes that no migration makes yet, and a blank one would have them forgotten. ' +
        'Make theirs first, or use "npm run db -- make --empty" (leaves them for later) or "--by-hand" (you write them).',
    );
  }
}
