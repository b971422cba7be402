import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBaseManifest, readBaseManifestAt } from '../../../src/migrator/review/lint/base-manifest.ts';

const run = promisify(execFile);
const namesAt = (names: readonly string[]): string =>
  JSON.stringify({ migrations: names.map((name) => ({ name, checksum: 'a', phase: 'expand' })), head: null });

let folder: string;
let repository: string;
const git = (...words: readonly string[]) => run('git', ['-C', repository, ...words]);

async function commit(names: readonly string[]): Promise<void> {
  await writeFile(join(folder, 'manifest.json'), namesAt(names));
  await git('add', '.');
  await git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-q', '-m', 'a');
}

beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), 'auto-forex-base-'));
  folder = join(repository, 'deep/migrations');
  await mkdir(folder, { recursive: true });
});
afterEach(() => rm(repository, { recursive: true, force: true }));

describe('the base', () => {
  it('is unknown outside of a repository', async () => {
    expect(await readBaseManifest(folder)).toBeUndefined();
  });

  it('is unknown where the main branch has no manifest', async () => {
    await git('init', '-q', '-b', 'main');
    expect(await readBaseManifest(folder)).toBeUndefined();
  });

  it('is refused for a reference that is not there, and for one that looks like an option', async () => {
    await git('init', '-q', '-b', 'main');
    await commit(['one']);

    await expect(readBaseManifestAt(folder, 'v9')).rejects.toThrow(/no branch, tag or commit "v9"/);
    await expect(readBaseManifestAt(folder, '--help')).rejects.toThrow(/no branch/);
  });

  it('is empty at a reference from before there was a manifest', async () => {
    await git('init', '-q', '-b', 'main');
    await git(
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@example.org',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'a',
    );

    expect(await readBaseManifestAt(folder, 'main')).toEqual({ migrations: [] });
  });

  it('is what main has and not what the working tree has', async () => {
    await git('init', '-q', '-b', 'main');
    await commit(['one']);
    await writeFile(join(folder, 'manifest.json'), namesAt(['one', 'two']));

    expect((await readBaseManifest(folder))?.migrations.map(({ name }) => name)).toEqual(['one']);
  });

  it('is what was fetched before what main has locally', async () => {
    await git('init', '-q', '-b', 'main');
    await commit(['one', 'two']);
    await git('update-ref', 'refs/remotes/origin/main', 'main');
    await commit(['one', 'two', 'three']);

    expect((await readBaseManifest(folder))?.migrations).toHaveLength(2);
    expect((await readBaseManifestAt(folder, 'main')).migrations).toHaveLength(3);
  });
});
