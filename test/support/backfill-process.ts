/** A process that works on one backfill and says how it ended: `node backfill-process.ts URL NAME`. */
import { runBackfill } from '../../src/migrator/upkeep/backfills/run-backfill.ts';

const [databaseUrl = '', name = ''] = process.argv.slice(2);

const end = await runBackfill({ databaseUrl, name, signal: new AbortController().signal, restShare: 0 });
process.stdout.write(JSON.stringify(end));
