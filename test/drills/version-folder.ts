/** Versions of the server beside each other: each a folder with sources of its own and this checkout's packages. */
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { COMPILE_CACHE } from '../support/compile-cache.ts';
import { copySources } from '../support/copy-sources.ts';
import type { writeManifest } from '../../src/migrator/run/state/manifest.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A version of the server. */
export interface Version {
  readonly name: string;
  readonly folder: string;
}

/** How a program ended and what it said. */
export interface Said {
  readonly code: number | null;
  readonly text: string;
  /** The lines of its log. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly durationMs: number;
}

/** Makes a version from another's sources, or from those of this checkout. */
export async function makeVersion(name: string, folder: string, from = ROOT): Promise<Version> {
  await mkdir(folder, { recursive: true });
  copySources(from, folder);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return { name, folder };
}

/** Replaces each text, which must occur exactly once: sources that have changed since make the drill fail and not lie. */
export async function replaceIn(
  { folder }: Version,
  file: string,
  replacements: Readonly<Record<string, string>>,
): Promise<void> {
  const path = join(folder, file);
  let text = await readFile(path, 'utf8');
  for (const [from, to] of Object.entries(replacements)) {
    const count = text.split(from).length - 1;
    if (count !== 1)
      throw new Error(
        `"${from}" occurs ${count} times in ${file}: it has changed, so this drill must be changed too.`,
      );
    text = text.replace(from, () => to);
  }
  await writeFile(path, text);
}

/** Without keys of the operator each version would make one in its own folder, and not find those of the others. */
const ENCRYPTION_KEYS = `drill:${randomBytes(32).toString('base64')}`;

/** What every process of a drill is given. Compiled code is kept: otherwise starts would measure little else. */
export function baseEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILE_CACHE, ENCRYPTION_KEYS };
}

/** Runs a program of the version, `src/manage.ts`, with these settings and no others. */
export function runProgram(
  { folder }: Version,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Said> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, words, {
    cwd: folder,
    env: { ...baseEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const lines = text.split('\n').filter((line) => line.startsWith('{'));
      const durationMs = performance.now() - startedAt;
      resolve({ code, text, lines: lines.map((line) => JSON.parse(line)), durationMs });
    });
  });
}

/** Runs a program that must succeed. */
export async function mustRun(
  version: Version,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const said = await runProgram(version, words, environment);
  if (said.code !== 0)
    throw new Error(`${version.name}: ${words.join(' ')} ended with ${said.code}:\n${said.text}`);
  return said;
}

/** Writes the manifest of the version's migrations, by its own code: a class of another version is no migration to it. */
export async function writeManifestOf({ folder }: Version): Promise<void> {
  const code: { readonly writeManifest: typeof writeManifest } = await import(
    pathToFileURL(join(folder, 'src/migrator/run/state/manifest.ts')).href
  );
  await code.writeManifest(join(folder, 'src/migrations'));
}
