/** Copies, backups, migrations and health as administrators see them. */

import { Type } from 'typebox';
import { namedObject } from '../../http/schemas.ts';
import { Id, Instant, instantText, instantTextOrNull, orNull } from '../../http/values.ts';
import type { Finding } from '../doctor/finding.ts';
import type { DatabaseStatus } from '../../migrator/index.ts';
import type { RecordedBackup } from './backup-store.ts';
import type { ServerCopy } from './copy-store.ts';

export const CopyView = namedObject('ServerCopy', {
  id: Id,
  version: Type.String(),
  migrationsHead: Type.String({ description: 'The newest migration that its code was made with.' }),
  host: Type.String({ description: 'The name of its machine.' }),
  pid: Type.Integer({ description: 'Its process.' }),
  state: Type.Enum(['running', 'stopped', 'gone'], {
    description: '`gone`: it was not seen for two minutes, so others take it for dead.',
  }),
  startedAt: Instant,
  lastSeenAt: Instant,
  stoppedAt: orNull(Instant),
  accountIds: Type.Array(Id, { description: 'The accounts that it runs.' }),
});

export function copyView({ startedAt, lastSeenAt, stoppedAt, accountIds, ...copy }: ServerCopy) {
  return {
    ...copy,
    startedAt: instantText(startedAt),
    lastSeenAt: instantText(lastSeenAt),
    stoppedAt: instantTextOrNull(stoppedAt ?? undefined),
    accountIds: [...accountIds],
  };
}

export const BackupView = namedObject('Backup', {
  id: Id,
  madeAt: { ...Instant, description: 'The moment whose data it holds.' },
  location: Type.String({ description: 'Where what made it wrote it.' }),
  sizeBytes: Type.Integer(),
  sha256: Type.String(),
  migrationsHead: orNull(Type.String({ description: 'The newest migration that was applied.' })),
  verifiedAt: orNull({ ...Instant, description: 'When it was last restored and compared.' }),
});

export function backupView({ madeAt, verifiedAt, ...backup }: RecordedBackup) {
  return { ...backup, madeAt: instantText(madeAt), verifiedAt: instantTextOrNull(verifiedAt) };
}

export const MigrationsView = namedObject('Migrations', {
  head: orNull(Type.String({ description: 'The newest migration that this version has.' })),
  faults: Type.Array(Type.String(), {
    description: "What is wrong between this version's files and its list of them; empty when they agree.",
  }),
  items: Type.Array(
    namedObject('Migration', {
      name: Type.String(),
      phase: orNull(Type.String({ description: 'expand, contract or data.' })),
      state: Type.Enum(
        ['applied', 'faked', 'squashed', 'adoptable', 'pending', 'waiting', 'ahead', 'unlisted'],
        {
          description:
            '`waiting`: a contract that a person runs; `ahead`: applied, and unknown to this version; `unlisted`: a file that the list lacks.',
        },
      ),
      appliedAt: orNull(Instant),
      appliedBy: orNull(Type.String({ description: 'The user of the database.' })),
      durationMs: orNull(Type.Integer()),
      faults: Type.Array(Type.String(), { description: 'edited, missing file, or late.' }),
      obstacles: Type.Array(Type.String(), { description: 'Why a contract may not run yet.' }),
    }),
  ),
  backfills: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.String(),
      rowsDone: Type.Integer(),
      error: orNull(Type.String()),
    }),
    { description: 'Changes of many rows that migrations asked for.' },
  ),
});

export function migrationsView({ head, migrations, installationFaults, backfills }: DatabaseStatus) {
  return {
    head: head ?? null,
    faults: [...installationFaults],
    items: migrations.map(({ name, phase, standing, applied, faults, obstacles }) => ({
      name,
      phase,
      state: standing,
      appliedAt: instantTextOrNull(applied?.executedAt.getTime()),
      appliedBy: applied?.appliedBy ?? null,
      durationMs: applied?.durationMs ?? null,
      faults: [...faults],
      obstacles: [...obstacles],
    })),
    backfills: backfills.map(({ name, state, rowsDone, error }) => ({ name, state, rowsDone, error })),
  };
}

export const HealthView = namedObject('ServerHealth', {
  isHealthy: Type.Boolean({ description: 'Whether no check fails.' }),
  findings: Type.Array(
    Type.Object({
      check: Type.String(),
      verdict: Type.Enum(['ok', 'warn', 'fail'], {
        description: '`warn`: nothing is broken yet. `fail`: something is.',
      }),
      said: Type.String({ description: 'What was found, and what to do about it.' }),
    }),
  ),
});

export function healthView(findings: readonly Finding[]) {
  return {
    isHealthy: findings.every(({ verdict }) => verdict !== 'fail'),
    findings: findings.map(({ check, verdict, said }) => ({ check, verdict, said })),
  };
}
