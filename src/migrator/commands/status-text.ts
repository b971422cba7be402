/** The status of a database as people read it: one line a migration, then only what is unusual. */
import { lockText } from '../inspect/doctor/lock-sessions.ts';
import { invalidIndexText } from '../inspect/doctor/side-tables.ts';
import { backfillsText } from './backfill-text.ts';
import { alignedLines, spanText, timeText } from './text.ts';
import type { MigrationStanding, MigrationView } from '../inspect/doctor/migration-views.ts';
import type { DatabaseStatus } from '../inspect/doctor/status.ts';

/** As Django marks them; what is neither applied nor pending has marks of its own. */
const MARKS: Readonly<Record<MigrationStanding, string>> = {
  applied: '[X]',
  faked: '[F]',
  squashed: '[-]',
  adoptable: '[-]',
  pending: '[ ]',
  waiting: '[.]',
  ahead: '[?]',
  unlisted: '[!]',
};

/** Returns the migrations, and nothing else. */
export function migrationsText({ migrations }: Pick<DatabaseStatus, 'migrations'>): string {
  return alignedLines(migrations.map(columnsOf));
}

/** Returns the whole of it. */
export function statusText(status: DatabaseStatus): string {
  const { server, migrations, installationFaults, backfills, invalidIndexes, lock } = status;
  const contracts = migrations.filter(
    ({ standing, obstacles }) => standing === 'waiting' || obstacles.length > 0,
  );
  const counts = Map.groupBy(
    migrations.flatMap(({ standing, faults }) => [standing, ...faults]),
    (what) => what,
  );
  return [
    `Database "${server?.database}" as user "${server?.user}", PostgreSQL ${server?.version}\n\n`,
    migrationsText(status),
    `\n${[...counts].map(([what, { length }]) => `${length} ${what}`).join(', ')}\n`,
    section(
      'Contracts that have not run (see manage db migrate --contract)',
      contracts.map(({ name, obstacles }) => `${name}: ${obstacles.join('; ') || 'nothing prevents it'}`),
    ),
    section('The installation is not whole', installationFaults),
    section('Backfills', backfills.length === 0 ? [] : backfillsText(backfills).trimEnd().split('\n')),
    section('Indexes that are not valid', invalidIndexes.map(invalidIndexText)),
    section('The migration lock', lockText(lock)),
    section('Not visible to this user', status.notVisible),
  ].join('');
}

function columnsOf({ name, standing, phase, faults, applied, note }: MigrationView): string[] {
  const { executedAt, durationMs, appliedBy, host, appVersion } = applied ?? {};
  const how = [
    executedAt && timeText(executedAt.getTime()),
    durationMs == null ? undefined : `in ${spanText(durationMs)}`,
    appliedBy && `by ${appliedBy}${host == null ? '' : `@${host}`}`,
    appVersion && `version ${appVersion}`,
  ];
  const remarks = [
    how.filter((part) => part != null).join(', '),
    ...faults.map((fault) => fault.toUpperCase()),
    note ?? '',
  ];
  return [MARKS[standing], name, phase ?? '', standing, remarks.filter((text) => text !== '').join('; ')];
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
