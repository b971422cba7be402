import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/migrator/commands/check.ts';
import { manage, runOperatorCommand } from '../commands/run-operator-command.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const ONE = 'Migration20260101000001_one';
const TWO = 'Migration20260101000002_two';
const THREE = 'Migration20260101000003_three';
const NOWHERE = 'postgresql://none@127.0.0.1:1/nothing';

let folder: MigrationFolder;
beforeEach(async () => {
  folder = await makeMigrationFolder({
    [ONE]: migrationSource({ up: ['create table a (id int)'], down: ['drop table a'] }),
    [TWO]: migrationSource({
      up: [`alter table a add b uuid not null default gen_random_uuid()`],
      down: ['alter table a drop column b'],
    }),
  });
});
afterEach(() => folder[Symbol.asyncDispose]());

const lint = (argv: readonly string[]) =>
  runOperatorCommand(checkCommand, argv, { databaseUrl: NOWHERE, folder: folder.path });

describe('db check', () => {
  const misuses = [
    { argv: ['tow'], said: /no migration "tow".*_two/ },
    { argv: ['--all', 'two'], said: /--all and names/ },
    { argv: ['--base', 'no-such-branch'], said: /no branch, tag or commit "no-such-branch"/ },
    { argv: ['--al'], said: /--al/ },
  ];
  it.each(misuses)('refuses $argv', async ({ argv, said }) => {
    const { code, stdout, stderr } = await lint(argv);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(said);
  });

  it('needs no database, and is content with what is well', async () => {
    expect(await lint(['one'])).toEqual({
      code: 0,
      stdout: '1 migration, 0 errors, 0 warnings\n',
      stderr: '',
    });
  });

  it('prints what is wrong and what to do, and ends with 1', async () => {
    await folder.write(THREE, migrationSource({ up: ['alter table a add b int not null'] }));

    const { code, stdout } = await lint(['three']);

    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^Migration20260101000003_three\n  error down-or-irreversible: .*\n      → .*\n  error required-column-needs-default: a\.b .*\n      alter table a add b int not null\n      → .*\n  error long-lock: .*\n.*\n.*\n\n1 migration, 3 errors, 0 warnings\n$/,
    );
  });

  it('gives the same to machines', async () => {
    const { stdout } = await lint(['one', 'two', '--json']);

    expect(JSON.parse(stdout)).toEqual({ linted: [ONE, TWO], findings: [] });
  });

  it('finds nothing in the migrations of the server', async () => {
    const { code, stdout } = await manage(['db', 'check', '--all']);

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/agree\.\n\d+ migrations, 0 errors, 0 warnings\n$/),
    });
  });

  it('explains itself without a database', async () => {
    expect((await manage(['db', 'check', '--help'])).stdout).toMatch(/^Usage: manage db check/);
    expect((await manage(['db', 'migrate', '--plan', '--help'])).stdout).toMatch(/^Usage: manage db migrate/);
  });

  it('lists the rules with what to do', async () => {
    const { code, stdout } = await lint(['--rules']);

    expect(code).toBe(0);
    for (const rule of ['fk-needs-index', 'long-lock'])
      expect(stdout).toMatch(new RegExp(`^${rule} +\\S`, 'm'));
  });
});
