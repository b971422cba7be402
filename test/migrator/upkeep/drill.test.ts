import { delimiter, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { run } from '../../support/processes.ts';
import { findSystemPostgres } from './system-postgres.ts';

const binaries = await findSystemPostgres();
const DRILL = join('..', 'drills', 'restore.ts');

/** The tests' own server is newer than any pg_dump that would be found there. */
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

  it.skipIf(binaries === undefined)('is skipped, with the versions that do not fit', async () => {
    const { code, stdout } = await drill([binaries, process.env['PATH']].join(delimiter));

    expect(code).toBe(0);
    expect(stdout).toMatch(/Skipped: pg_dump on the PATH is version 1\d\.\d+ and the server 18/);
  });
});
