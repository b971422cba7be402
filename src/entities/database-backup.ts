/** The backups that were made, written by whatever made them; a start may refuse to migrate without a fresh one. */
import { defineEntity, p } from '@mikro-orm/core';
import { instant, wholeNumber } from './columns.ts';

export const DatabaseBackupSchema = defineEntity({
  name: 'DatabaseBackupRecord',
  tableName: 'database_backups',
  checks: [{ name: 'database_backups_size_bytes_check', expression: 'size_bytes > 0' }],
  properties: {
    /** Made by the database, because a shell script writes this row. */
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    madeAt: instant().defaultRaw('now()').index(),
    location: p.text(),
    sizeBytes: wholeNumber(),
    sha256: p.string().length(64),
    /** The newest migration applied when it was made. */
    migrationsHead: p.string().length(255).strictNullable(),
    /** When it was last restored and compared. */
    verifiedAt: instant().strictNullable(),
  },
});

export class DatabaseBackupRecord extends DatabaseBackupSchema.class {}
DatabaseBackupSchema.setClass(DatabaseBackupRecord);
