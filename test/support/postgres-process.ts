/** A process that runs PostgreSQL on a data folder until a signal: `node postgres-process.ts FOLDER`. */
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { quiet } from './quiet-log.ts';

const [dataDirectory = ''] = process.argv.slice(2);
const postgres = await startEmbeddedPostgres({ dataDirectory, log: quiet });

// Nothing else keeps this process alive: PostgreSQL is no child of it.
const alive = setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => {
  clearInterval(alive);
  void postgres.stop();
});

// Last, because anyone who reads it may stop us at once.
process.stdout.write(postgres.url);
