/** What identifies a migration: of a file its text, of an entry what it does. */
import { createHash } from 'node:crypto';
import { hasDown } from '../migration.ts';
import { renderSql } from '../execute/render-sql.ts';
import type { RenderedMigration } from '../execute/render-sql.ts';

/** Returns the SHA-256 of a file's text; the line ends, which git may have changed, do not count. */
export function textChecksum(text: string): string {
  return sha256(text.replaceAll('\r\n', '\n'));
}

/**
 * Returns the SHA-256 of what an entry does: its phase, its transaction and its statements there and back, with what recipes give.
 * How the file spells it does not count. Of one that asks the database while it runs nothing but the text is known; where its imports
 * lie does not count.
 */
export async function entryChecksum(entry: RenderedMigration, text: string): Promise<string> {
  const { phase, transactional } = entry.migrationClass;
  const up = await statementsOf(entry, 'up');
  const down = await statementsOf(entry, 'down');
  if (up === undefined || down === undefined) return textChecksum(text.replaceAll(IMPORT, ''));
  return sha256(JSON.stringify({ phase, transactional, up, down }));
}

const IMPORT = /^import\b[^;]*;[^\S\n]*\r?\n?/gm;

/** Null for a direction that there is not. */
async function statementsOf(
  entry: RenderedMigration,
  direction: 'up' | 'down',
): Promise<string[] | null | undefined> {
  if (
    direction === 'down' &&
    (entry.migrationClass.irreversible !== undefined || !hasDown(entry.migrationClass))
  )
    return null;
  // What cannot be collected fails when it runs, with a message; here its text identifies the entry.
  const statements = await renderSql(entry, direction).catch(() => undefined);
  return statements?.map((statement) => statement.trim().replace(/\s*;$/, ''));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
