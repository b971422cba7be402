/**
 * The committed documents of the API, and the client's types: `npm run api -- write` makes them, `check` says whether they agree with the code,
 * `compare REVISION` whether a program that was written for those of an older revision would break.
 */

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { breakingChanges } from './breaking-changes.ts';
import { DOCUMENTS } from './documents.ts';
import { committedFiles, FOLDER } from './files.ts';
import type { ApiDocument } from './breaking-changes.ts';

const ROOT = join(import.meta.dirname, '../..');
const USAGE = 'Say what to do: npm run api -- write | check | compare REVISION';
/** What git calls the revision before the first one. */
const NOTHING = '0'.repeat(40);
/** Documents are some hundred kilobytes. */
const MOST_BYTES = 64 * 1024 * 1024;

const [task, revision] = process.argv.slice(2);
const found = await perform().catch((error: unknown) => [
  error instanceof Error ? error.message : String(error),
]);
for (const complaint of found) process.stderr.write(`${complaint}\n`);
// The routes that were described keep timers.
process.exit(found.length === 0 ? 0 : 1);

async function perform(): Promise<readonly string[]> {
  if (task === 'write') return write();
  if (task === 'check') return check();
  return task === 'compare' && revision !== undefined ? compareWith(revision) : [USAGE];
}

async function write(): Promise<readonly string[]> {
  for (const [path, text] of Object.entries(await committedFiles())) await writeFile(join(ROOT, path), text);
  return [];
}

async function check(): Promise<readonly string[]> {
  const complaints: string[] = [];
  for (const [path, text] of Object.entries(await committedFiles())) {
    const committed = await readFile(join(ROOT, path), 'utf8').catch(() => '');
    if (committed !== text) complaints.push(`${path} is not what the code describes: npm run api -- write`);
  }
  return complaints;
}

async function compareWith(base: string): Promise<readonly string[]> {
  const complaints: string[] = [];
  for (const name of Object.keys(DOCUMENTS)) {
    const before = base === NOTHING ? undefined : await committedAt(base, `${FOLDER}/${name}`);
    if (before === undefined) {
      process.stdout.write(`${base} has no ${FOLDER}/${name} yet: nothing to compare\n`);
      continue;
    }
    const after = await readFile(join(ROOT, FOLDER, name), 'utf8');
    complaints.push(...breakingChanges(read(before), read(after)).map((change) => `${name}: ${change}`));
  }
  if (complaints.length === 0) process.stdout.write('No program breaks.\n');
  return complaints;
}

function read(text: string): ApiDocument {
  return JSON.parse(text);
}

/** Undefined when that revision has no such file; a revision that is not known is an error. */
async function committedAt(base: string, path: string): Promise<string | undefined> {
  const git = async (...words: string[]) =>
    (await promisify(execFile)('git', words, { cwd: ROOT, maxBuffer: MOST_BYTES })).stdout;
  const commit = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${base}^{commit}`).then(
    (text) => text.trim(),
    () => undefined,
  );
  if (commit === undefined) throw new Error(`${base} is no revision of this repository`);
  const listed = await git('ls-tree', '--name-only', commit, '--', path);
  return listed === '' ? undefined : git('show', `${commit}:${path}`);
}
