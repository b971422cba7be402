import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { run } from '../../support/processes.ts';
import { serverMajorVersion } from '../../../src/migrator/run/connect/plain-connection.ts';
import { oldPgDump } from './old-pg-dump.ts';

const DRILL = join('..', 'drills', 'restore.ts');

/** Runs it with this PATH. */
function drill(path: string, ...words: readonly string[]) {
  const before = { PATH: process.env['PATH'], DATABASE_URL: process.env['DATABASE_URL'] };
  Object.assign(process.env, { PATH: path, DATABASE_URL: inject('templateUrl') });
  try {
    return run(DRILL, ...words).ended;
  } finally {
    process.env['PATH'] = before.PATH;
    if (before.DATABASE_URL === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = before.DATABASE_URL;
  }
}

describe('the restore drill where it cannot be done', () => {
  it('fails when it is required', async () => {
    const { code, stdout } = await drill('/nowhere', '--required');

    expect(code).toBe(1);
    expect(stdout).toContain('could not be done: there is no pg_dump on the PATH');
  });

  it('is skipped, with the versions that do not fit', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'auto-forex-drill-'));
    const major = await serverMajorVersion(inject('templateUrl'));

    const { code, stdout } = await drill(await oldPgDump(folder.path));

    expect(code).toBe(0);
    expect(stdout).toContain(`Skipped: pg_dump on the PATH is version 13.4 and the server ${major}.`);
  });
});
