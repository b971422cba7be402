/** Makes a backup with pg_dump: a file that is whole or not there, and a record of it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MigratorFailure } from '../../failure.ts';
import { backupBegin, recordBackup } from './backup-record.ts';
import { backupObstacle, runProgram, WHERE_TO_BACK_UP } from './postgres-programs.ts';
import type { MadeBackup } from './backup-record.ts';

/** A session that locks a table for longer than this would block the backup, and all that wait for the backup. */
const LOCK_WAIT_MS = 30_000;

export interface BackupRequest {
  readonly databaseUrl: string;
  /** Made, closed to others, when it is not there. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Backup extends MadeBackup {
  /** False in an older database, which has no table for it yet. */
  readonly isRecorded: boolean;
}

/** Makes one. MigratorFailure `backup-missing`, which says what to do, when it cannot; then nothing is left behind. */
export async function makeBackup({ databaseUrl, directory, signal }: BackupRequest): Promise<Backup> {
  const obstacle = await backupObstacle(databaseUrl);
  if (obstacle !== undefined) {
    throw new MigratorFailure('backup-missing', `No backup was made: ${obstacle}. ${WHERE_TO_BACK_UP}.`, {
      reason: obstacle,
    });
  }
  const madeAt = await backupBegin(databaseUrl);
  const location = join(resolve(directory), backupFileName(databaseUrl, new Date()));
  const draft = `${location}.part`;
  try {
    await createPrivately(directory, draft);
    const options = ['--format=custom', '--no-password', `--lock-wait-timeout=${LOCK_WAIT_MS}`];
    await runProgram('pg_dump', [...options, `--file=${draft}`], { databaseUrl, signal });
    await checkReadable(draft, signal);
    const { size: sizeBytes } = await stat(draft);
    const sha256 = await sha256Of(draft);
    await rename(draft, location);
    const made = { madeAt, location, sizeBytes, sha256 };
    return { ...made, isRecorded: await recordBackup(databaseUrl, made) };
  } finally {
    await rm(draft, { force: true });
  }
}

/** Returns the name for a backup, which says of what and when; sorted by name they are sorted by time. */
function backupFileName(databaseUrl: string, now: Date): string {
  return `${backupFilePrefix(databaseUrl)}${now.toISOString().replaceAll(/[-:.]/g, '')}.dump`;
}

/** Returns what the names of all backups of a database begin with. */
export function backupFilePrefix(databaseUrl: string): string {
  // As it is in the address: without a slash, which a database's name may have.
  return `${new URL(databaseUrl).pathname.slice(1).replaceAll('/', '%2F')}-`;
}

/** Reads the table of contents, as a restore would. MigratorFailure `backup-missing` for what is no backup. */
export async function checkReadable(file: string, signal?: AbortSignal): Promise<void> {
  await runProgram('pg_restore', ['--list', file], { signal });
}

/** Returns the SHA-256 of a file of any size. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** It contains the whole database, so no other user may read it, from its first byte on. */
async function createPrivately(directory: string, file: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await (await open(file, 'wx', 0o600)).close();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigratorFailure('backup-missing', `No backup was made: ${reason}.`, {}, { cause });
  }
}
