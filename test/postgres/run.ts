/** Runs the tests that touch the schema on one PostgreSQL version: `npm run test:postgres -- 16 [arguments of vitest]`. */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { removeEmbeddedPostgres } from '../../src/persistence/embedded-postgres/remove.ts';
import { removeAbandonedServers } from '../support/abandoned-servers.ts';
import { memoryFolder } from '../support/memory-folder.ts';
import { quiet } from '../support/quiet-log.ts';
import { fetchPrograms } from './fetch-programs.ts';
import { SCHEMA_TESTS, TESTED_VERSIONS } from './versions.ts';

const [major = '', ...words] = process.argv.slice(2);
try {
  process.exitCode = await testOn(major, words.length === 0 ? SCHEMA_TESTS : words);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function testOn(version: string, tests: readonly string[]): Promise<number> {
  const programs = await programsOf(version);
  const prefix = `auto-forex-on-${version}-`;
  await removeAbandonedServers(prefix, programs);
  const dataDirectory = await mkdtemp(join(await memoryFolder(), prefix));
  // Run by root, PostgreSQL is another user and must get in.
  await chmod(dataDirectory, 0o711);
  try {
    const server = await startEmbeddedPostgres({ dataDirectory, isDurable: false, programs, log: quiet });
    try {
      return await runTests(server.url, tests);
    } finally {
      await server.stop();
    }
  } finally {
    await removeEmbeddedPostgres(dataDirectory);
  }
}

/** Undefined is the installed one. */
async function programsOf(version: string) {
  const tested = TESTED_VERSIONS[version];
  if (tested === undefined)
    throw new Error(
      `Say which PostgreSQL to test on: npm run test:postgres -- ${Object.keys(TESTED_VERSIONS).join('|')}`,
    );
  const { packageVersion, locale } = tested;
  return packageVersion === undefined
    ? undefined
    : { packageFolder: await fetchPrograms(packageVersion), locale };
}

function runTests(serverUrl: string, tests: readonly string[]): Promise<number> {
  const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'server', ...tests], {
    stdio: 'inherit',
    env: { ...process.env, TEST_DATABASE_URL: serverUrl },
  });
  // Ctrl-C reaches the tests as well; the server goes when they have ended.
  process.on('SIGINT', () => undefined).on('SIGTERM', () => child.kill());
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
