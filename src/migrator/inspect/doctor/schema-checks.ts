/** Checks of the schema for what was begun and not finished. */
import { fail, orOk, warn } from './finding.ts';
import { readInvalidIndexes, readTablesWithoutKey, readUnvalidatedConstraints } from './schema-faults.ts';
import type { Check } from './finding.ts';

export const checkIndexes: Check = async ({ reader }) => {
  const indexes = await readInvalidIndexes(reader.query);
  return orOk(
    indexes.map(({ index, table, isBeingBuilt }) =>
      isBeingBuilt
        ? warn(
            `index ${index} on ${table} is not valid, and indexes are being built`,
            'Wait until that has ended.',
          )
        : fail(
            `index ${index} on ${table} is not valid: its building was cut short`,
            `drop index concurrently ${index}; then build it again (db migrate does for one that a migration adds).`,
          ),
    ),
    'every index is valid',
  );
};

export const checkConstraints: Check = async ({ reader }) => {
  const constraints = await readUnvalidatedConstraints(reader.query);
  return orOk(
    constraints.map(({ constraint, table }) =>
      warn(
        `constraint ${constraint} of ${table} is not validated: rows from before it may break it`,
        `alter table ${table} validate constraint "${constraint}"; a migration that waits may do it.`,
      ),
    ),
    'every constraint is validated',
  );
};

export const checkKeys: Check = async ({ reader }) => {
  const tables = await readTablesWithoutKey(reader.query);
  return orOk(
    tables.map((table) =>
      warn(`table ${table} has no primary key`, 'Add one; replication and backfills need it.'),
    ),
    'every table has a primary key',
  );
};
