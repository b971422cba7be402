import { describe, expect, it } from 'vitest';
import { isFailing, lintMigrations } from '../../../src/migrator/review/lint/lint-migrations.ts';
import { loadMigrations } from '../../../src/migrator/run/state/load-migrations.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { rulesOf, sourceWith } from './lint-case.ts';
import { project } from '../../../src/server/schema.ts';

const ONE = 'Migration20260101000001_one';
const TWO = 'Migration20260101000002_two';

const create = migrationSource({ up: ['create table a (id int)'], down: ['drop table a'] });
const addRequired = migrationSource({
  up: ['alter table a add b int not null'],
  down: ['alter table a drop column b'],
});

describe('linting', () => {
  it('refuses a name that no migration has and offers the nearest', async () => {
    await using folder = await makeMigrationFolder({ [ONE]: create });

    await expect(lintMigrations({ folder: folder.path, names: ['on'] })).rejects.toThrow(
      /no migration "on".*_one/,
    );
  });

  it('looks at what the base does not have', async () => {
    await using folder = await makeMigrationFolder({ [ONE]: create, [TWO]: addRequired });
    const [one, two] = await loadMigrations(folder.path);
    const files = [one, two].flatMap((file) => (file === undefined ? [] : [file]));
    const lintFrom = async (count: number) =>
      rulesOf(
        await lintMigrations({ folder: folder.path, baseManifest: { migrations: files.slice(0, count) } }),
      );

    // A table of the same release is not in use yet.
    expect(await lintFrom(0)).toEqual([]);
    expect(await lintFrom(1)).toEqual(['required-column-needs-default', 'long-lock']);
    expect(await lintFrom(2)).toEqual([]);
  });

  it('takes what is not named for merged where there is no base', async () => {
    await using folder = await makeMigrationFolder({ [ONE]: create, [TWO]: addRequired });

    expect(rulesOf(await lintMigrations({ folder: folder.path, names: ['two'] }))).toEqual([
      'required-column-needs-default',
      'long-lock',
    ]);
  });

  it('reports merged migrations without failing, because they can no longer be changed', async () => {
    await using folder = await makeMigrationFolder({ [ONE]: create, [TWO]: addRequired });
    const migrations = await loadMigrations(folder.path);

    const findings = await lintMigrations({
      folder: folder.path,
      names: [TWO],
      baseManifest: { migrations },
    });

    expect(findings).toMatchObject([
      { rule: 'required-column-needs-default', severity: 'warning' },
      { rule: 'long-lock', severity: 'warning' },
    ]);
    expect(isFailing(findings)).toBe(false);
  });

  it('lets every migration of the server pass, as new ones and as merged ones', async () => {
    const migrations = await loadMigrations(project.folder);
    const names = migrations.map(({ name }) => name);

    expect(await lintMigrations({ folder: project.folder })).toEqual([]);
    expect(await lintMigrations({ folder: project.folder, names, baseManifest: { migrations } })).toEqual([]);
  });
});

describe('what the recipes write', () => {
  const orders = migrationSource({
    up: [
      'create table orders (id int primary key, customer_id int null, note varchar(20) null, total int not null)',
      'create table customers (id int primary key)',
    ],
    down: ['drop table orders', 'drop table customers'],
  });
  const column = `{ table: 'orders', column: 'note', type: 'varchar(20)' }`;
  const replace = `{ ...${column}, newName: 'remark' }`;
  const retype = `{ table: 'orders', column: 'total', type: 'int', newType: 'bigint' }`;
  const unique = `{ table: 'orders', columns: ['note'] }`;
  const key = `{ table: 'orders', columns: ['customer_id'], referencedTable: 'customers', referencedColumns: ['id'], onDelete: 'cascade' }`;
  const check = `{ table: 'orders', name: 'c', check: 'total > 0' }`;
  const index = `createIndexConcurrently({ table: 'orders', columns: ['customer_id'] })`;
  const steps: readonly (RecipeUse & { readonly before?: readonly RecipeUse[] })[] = [
    { step: index, transactional: false },
    { step: `addUniqueOnline(${unique}).index`, phase: 'contract', transactional: false },
    { step: `addUniqueOnline(${unique}).constraint` },
    { step: `addCheckOnline(${check}).add` },
    { step: `addCheckOnline(${check}).validate` },
    {
      step: `addForeignKeyOnline(${key}).add`,
      phase: 'contract',
      before: [{ step: index, transactional: false }],
    },
    { step: `addForeignKeyOnline(${key}).validate` },
    { step: `setNotNullOnline(${column}).check` },
    { step: `setNotNullOnline(${column}).validate` },
    {
      step: `setNotNullOnline(${column}).finish`,
      before: [
        { step: `setNotNullOnline(${column}).check` },
        { step: `setNotNullOnline(${column}).validate` },
      ],
    },
    { step: `renameColumnOnline(${replace}).expand` },
    { step: `renameColumnOnline(${replace}).contract`, phase: 'contract' },
    { step: `changeTypeOnline(${retype}).expand` },
    { step: `changeTypeOnline(${retype}).contract`, phase: 'contract' },
  ];
  it.each(steps)('breaks no rule: $step', async ({ before = [], ...recipe }) => {
    const earlier = before.map((each, place) => [
      `Migration2026010100001${place}_before`,
      recipeSource(each),
    ]);
    await using folder = await makeMigrationFolder({
      [ONE]: orders,
      ...Object.fromEntries(earlier),
      Migration20260101000020_step: recipeSource(recipe),
    });

    expect(await lintMigrations({ folder: folder.path, names: ['step'] })).toEqual([]);
  });

  it('is not believed where it was not done: not null without the checks before it', async () => {
    const finish = recipeSource({ step: `setNotNullOnline(${column}).finish` });
    const checkStep = recipeSource({ step: `setNotNullOnline(${column}).check` });
    await using folder = await makeMigrationFolder({
      [ONE]: orders,
      [TWO]: checkStep,
      Migration20260101000020_step: finish,
    });

    const rules = rulesOf(await lintMigrations({ folder: folder.path, names: ['step'] }));

    expect(rules).toEqual(['long-lock']);
  });
});

interface RecipeUse {
  readonly step: string;
  readonly phase?: string;
  readonly transactional?: boolean;
}

function recipeSource({ step, phase = 'expand', transactional = true }: RecipeUse): string {
  const [name = ''] = step.split('(');
  const imports = `import { ${name} } from '../../../src/migrator/recipes.ts';`;
  return sourceWith(`this.addAll(${step}.up);`, { imports }).replace(
    `readonly phase = 'expand';`,
    `readonly phase = '${phase}';\n  static override readonly transactional = ${transactional};`,
  );
}
