/** The production compose file through the life of a deployment, step by step; each demands that the database continued running. */
import { say, seconds } from '../say.ts';
import { walk, walkOn } from '../api-walk.ts';
import { demand } from './demand.ts';
import { SECOND, THIRD } from './images.ts';
import { MANAGE } from './manage-commands.ts';
import { startTrading } from './trading.ts';
import { readyz, until } from './until.ts';
import type { Trail } from '../api-walk.ts';
import type { Deployment } from './deployment.ts';
import type { Images } from './images.ts';
import type { Report } from './report.ts';

/** A held server answers, and continues by itself when it was fixed. */
const HELD_WITHIN_MS = 60_000;
const MENDED_WITHIN_MS = 60_000;
/** A minute to the next backup, and the interval of the health check. */
const SCHEDULED_WITHIN_MS = 150_000;
/** What the documentation and the workflows count on. */
const STOPPED_WITHIN_MS = 50_000;
const MIGRATION_FAILED = 13;

export async function live(deployment: Deployment, images: Images, report: Report): Promise<void> {
  const trail = await first(deployment, images, report);
  const database = await deployment.database();
  const steps: readonly (readonly [string, () => Promise<void>])[] = [
    ['backup and restore-check', () => backUp(deployment, report)],
    ['upgrade', () => upgrade(deployment, images, trail, report)],
    ['back to the version before', () => goBack(deployment, images, trail, report)],
    ['a migration that fails, hold, fixed by hand', () => fix(deployment, images, report)],
    ['restore', () => restore(deployment, trail, report)],
    ['stop while people trade', () => stopUnderTrading(deployment, trail, report)],
    ['scheduled backups, and one that fails', () => schedule(deployment, images, report)],
  ];
  for (const [what, step] of steps) {
    say(what);
    await step();
    const now = await deployment.database();
    demand(now === database, `the database was ${database} and is ${now}`);
  }
  report.add('PostgreSQL', 'the same container from the first step to the last, never restarted');
}

async function first(deployment: Deployment, images: Images, report: Report): Promise<Trail> {
  say('first start');
  await deployment.choose(images.first);
  const { durationMs } = await deployment.compose(['up', '--detach', '--wait', '--wait-timeout', '300']);
  report.add('first start, with an empty database, to ready', seconds(durationMs));
  await deployment.demandReady();
  const admin = ['create-admin', '--email', 'drill@example.org', '--username', 'drill'];
  await deployment.manage(admin, { input: 'a long enough secret' });
  await deployment.manage(MANAGE.doctor);
  await demandHardened(deployment);
  return walk(deployment.address);
}

/** What the compose file asks for is what the processes have: no capability, no way to one, nothing of their own to write. */
async function demandHardened(deployment: Deployment): Promise<void> {
  for (const service of ['postgres', 'server']) {
    const status = await deployment.compose(['exec', '-T', service, 'cat', '/proc/1/status']);
    // PostgreSQL has given up its entrypoint's rights with its user.
    demand(/^CapEff:\s+0+$/m.test(status.answer) || service === 'server', `${service} keeps capabilities`);
    demand(/^NoNewPrivs:\s+1$/m.test(status.answer), `${service} could gain rights`);
    const write = await deployment.tryCompose(['exec', '-T', service, 'touch', '/usr/written']);
    demand(write.code !== 0, `${service} can write its own programs`);
  }
}

async function backUp(deployment: Deployment, report: Report): Promise<void> {
  const made = await deployment.operate('backup');
  report.add('backup', seconds(made.durationMs));
  const checked = await deployment.operate('restore-check');
  demand(checked.answer.includes('can be restored'), checked.text);
  report.add('restore-check', seconds(checked.durationMs));
}

async function upgrade(deployment: Deployment, images: Images, trail: Trail, report: Report): Promise<void> {
  await deployment.choose(images.second);
  const migrated = await deployment.migrateOnly();
  demand(migrated.code === 0, `MIGRATIONS=only ended with ${migrated.code}:\n${migrated.text}`);
  demand((await count(deployment, SECOND.table)) === '0', 'MIGRATIONS=only applied nothing');
  report.add('MIGRATIONS=only, while the version before serves', seconds(migrated.durationMs));
  // The version before is still the one that runs, on the new schema.
  await walkOn(deployment.address, trail);
  const { durationMs } = await deployment.startServer();
  report.add('upgrade: another image to ready', seconds(durationMs));
  await deployment.manage(MANAGE.nothingPending);
  await walkOn(deployment.address, trail);
}

async function goBack(deployment: Deployment, images: Images, trail: Trail, report: Report): Promise<void> {
  await deployment.choose(images.first);
  const { durationMs } = await deployment.startServer();
  report.add('back to the version before, to ready', seconds(durationMs));
  await walkOn(deployment.address, trail);
}

async function fix(deployment: Deployment, images: Images, report: Report): Promise<void> {
  // What the next migration makes was made by hand.
  await deployment.sql(`create table ${THIRD.table} ()`);
  await deployment.choose(images.third);
  const alone = await deployment.migrateOnly();
  demand(alone.code === MIGRATION_FAILED, `MIGRATIONS=only ended with ${alone.code}:\n${alone.text}`);
  report.add('a migration that fails in a step of its own', `exit code ${alone.code}`);
  await deployment.compose(['up', '--detach', '--no-deps', 'server']);
  const held = await until('the server is held', HELD_WITHIN_MS, async () => {
    const { status, text } = await readyz(deployment.address);
    return status === 503 && text.includes(THIRD.name) && text.includes('fail') ? text : undefined;
  });
  say(`  held: ${held.slice(0, 300)}`);
  await deployment.sql(`drop table ${THIRD.table}`);
  const mendedAt = performance.now();
  await deployment.manage(MANAGE.migrate);
  await until('the held server is ready', MENDED_WITHIN_MS, async () =>
    (await readyz(deployment.address)).status === 200 ? true : undefined,
  );
  report.add('held and fixed: manage to ready', seconds(performance.now() - mendedAt));
  await deployment.manage(MANAGE.nothingPending);
}

async function restore(deployment: Deployment, trail: Trail, report: Report): Promise<void> {
  const listed = await deployment.tryCompose(['run', '--rm', '--no-deps', '-T', 'restore']);
  const [file = ''] = /\/backups\/\S+\.dump/.exec(listed.text) ?? [];
  await deployment.compose(['stop', 'server']);
  const restored = await deployment.operate('restore', file);
  report.add('restore', seconds(restored.durationMs));
  await deployment.startServer();
  // The backup is of the first version: the start has migrated it again.
  demand((await count(deployment, THIRD.table)) === '0', 'the restored database was not migrated');
  await walkOn(deployment.address, trail);
}

async function stopUnderTrading(deployment: Deployment, trail: Trail, report: Report): Promise<void> {
  const before = await ordersByHand(deployment);
  const trading = await startTrading(deployment.address);
  await trading.begun;
  const { durationMs } = await deployment.compose(['stop', 'server']);
  const { answered, refused, unanswered, other } = await trading.stop();
  const exitCode = await deployment.inspect('server', '{{.State.ExitCode}}');
  report.add('stop while people trade', `${seconds(durationMs)}, exit code ${exitCode}`);
  report.add(
    '  its requests',
    `${answered} answered, ${refused} refused with 503, ${unanswered} not reached`,
  );
  demand(exitCode === '0', `the server ended with ${exitCode}`);
  demand(durationMs < STOPPED_WITHIN_MS, `the stop took ${durationMs} ms`);
  demand(other.length === 0, `requests were answered with ${other.slice(0, 5).join('; ')}`);
  const { durationMs: again } = await deployment.startServer();
  report.add('the start after it, to ready', seconds(again));
  const taken = (await ordersByHand(deployment)) - before;
  demand(taken === answered, `${answered} orders were answered, and ${taken} are in the database`);
  await walkOn(deployment.address, trail);
}

async function schedule(deployment: Deployment, images: Images, report: Report): Promise<void> {
  await deployment.choose(images.third, {
    BACKUP_EVERY_MINUTES: '1',
    BACKUP_HOOK: 'test -s "$BACKUP_FILE"; exit 3',
  });
  const before = await count(deployment, 'database_backups');
  await deployment.compose(['up', '--detach', '--no-deps', 'backup-schedule']);
  const startedAt = performance.now();
  await until('the scheduled backup is not healthy', SCHEDULED_WITHIN_MS, async () => {
    const health = await deployment.inspect('backup-schedule', '{{.State.Health.Status}}');
    return health === 'unhealthy' ? true : undefined;
  });
  demand((await count(deployment, 'database_backups')) > before, 'no scheduled backup was recorded');
  const logs = await deployment.logs('backup-schedule');
  demand(logs.includes('BACKUP_HOOK failed'), logs);
  report.add(
    'a scheduled backup that could not be copied is unhealthy after',
    seconds(performance.now() - startedAt),
  );
}

async function ordersByHand(deployment: Deployment): Promise<number> {
  return Number(await deployment.sql('select count(*) from orders where strategy_id is null'));
}

function count(deployment: Deployment, table: string): Promise<string> {
  return deployment.sql(`select count(*) from ${table}`);
}
