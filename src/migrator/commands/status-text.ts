/** The status of a database as people read it: one line a migration, then only what there is to say. */
import { placeText } from '../inspect/doctor/server-facts.ts';
import { alignedLines, countText, spanText, timeText } from './text.ts';
import { lockText } from './lock-text.ts';
import type { MigrationStanding, MigrationView } from '../inspect/doctor/migration-views.ts';
import type { AttemptRow, BackfillRow } from '../inspect/doctor/side-tables.ts';
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
  const { server, migrations, installationFaults, backfills, invalidIndexes, lock, lastFailure, notVisible } =
    status;
  return [
    `${capitalized(placeText(server))}, PostgreSQL ${server.version}\n\n`,
    migrationsText(status),
    `\n${countsText(migrations)}\n`,
    section(
      'Contracts that have not run (see manage db migrate --contract)',
      migrations
        .filter(({ standing, obstacles }) => standing === 'waiting' || obstacles.length > 0)
        .map(waitingText),
    ),
    section('The installation is not whole', installationFaults),
    section('Backfills', backfills.map(backfillText)),
    section(
      'Indexes that are not valid',
      invalidIndexes.map(
        ({ index, table, isBeingBuilt }) =>
          `${index} on ${table}: ${isBeingBuilt ? 'is being built' : `half-built; drop index concurrently ${index}, then build it again`}`,
      ),
    ),
    section('The migration lock', lockText(lock)),
    section('The last attempt that failed', lastFailure === null ? [] : [failureText(lastFailure)]),
    section('Not visible to this user', notVisible),
  ].join('');
}

function columnsOf(view: MigrationView): string[] {
  const { name, standing, phase, faults, applied, note } = view;
  const how =
    applied === null
      ? []
      : [
          timeText(applied.at.getTime()),
          ...(applied.durationMs === null ? [] : [`in ${spanText(applied.durationMs)}`]),
          ...(applied.by === null
            ? []
            : [`by ${applied.by}${applied.host === null ? '' : `@${applied.host}`}`]),
          ...(applied.version === null ? [] : [`version ${applied.version}`]),
        ];
  const remarks = [how.join(', '), ...faults.map((fault) => fault.toUpperCase()), note ?? ''];
  return [MARKS[standing], name, phase ?? '', standing, remarks.filter((text) => text !== '').join('; ')];
}

function countsText(migrations: readonly MigrationView[]): string {
  const counts = Map.groupBy(migrations, ({ standing }) => standing);
  const faults = Map.groupBy(
    migrations.flatMap((view) => view.faults),
    (fault) => fault,
  );
  return [...counts, ...faults].map(([what, of]) => `${of.length} ${what}`).join(', ');
}

function waitingText({ name, obstacles }: MigrationView): string {
  return `${name}: ${obstacles.length === 0 ? 'nothing stands in its way' : obstacles.join('; ')}`;
}

function backfillText({ name, table, state, rowsDone, rowsEstimate, percent, error }: BackfillRow): string {
  const share =
    percent === null
      ? `${countText(rowsDone)} rows`
      : `${percent} % (${countText(rowsDone)} of about ${countText(rowsEstimate ?? rowsDone)} rows)`;
  return `${name} on ${table}: ${state}, ${share}${error === null ? '' : `: ${error}`}`;
}

function failureText({
  name,
  direction,
  outcome,
  startedAt,
  error,
  sqlState,
  host,
  isSettled,
}: AttemptRow): string {
  return [
    `${name} ${direction}, ${timeText(startedAt.getTime())}`,
    ...(host === null ? [] : [`on ${host}`]),
    outcome === 'lost' ? 'its process was killed' : outcome,
    ...(error === null ? [] : [`${sqlState === null ? '' : `${sqlState}: `}${error}`]),
    ...(isSettled ? ['it went well since'] : []),
  ].join(', ');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
