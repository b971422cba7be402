/**
 * A process that migrates databases one after the other: it reads lines `URL FOLDER` from its input and answers each with
 * one line of JSON, the names of what it applied or the failure. A failure is its exit code too.
 */
import { createInterface } from 'node:readline';
import { exitCodeOf } from '../../src/process/exit-code.ts';
import { openMigrator } from '../../src/migrator/run/open-migrator.ts';
import { quiet } from './quiet-log.ts';

async function migrate(databaseUrl: string, folder: string): Promise<string[]> {
  const { migrator, close } = openMigrator({ databaseUrl, folder });
  try {
    return (await migrator.configure({ log: quiet }).up()).map(({ name }) => name);
  } finally {
    await close();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [databaseUrl = '', folder = ''] = line.split(' ');
  const answer = await migrate(databaseUrl, folder).catch((error: unknown) => {
    process.exitCode = exitCodeOf(error);
    return { failure: String(error) };
  });
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
