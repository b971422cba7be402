/** The role with which a server serves: it reads and writes rows, and cannot change the schema. */

import { createHmac, hash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { present } from '../core/shared/assert.ts';
import { databaseOf } from './orm.ts';
import type { Orm } from './orm.ts';

/** What PostgreSQL uses itself. */
const SCRAM_ITERATIONS = 4_096;
/** The longest name that PostgreSQL keeps, in lower case, so that no quotes are needed anywhere. */
export const ROLE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/** What is wrong with the database for a serving role; undefined when nothing is. */
export async function servingRoleFault(orm: Orm, role: string): Promise<string | undefined> {
  const [row] = await databaseOf(orm).query<{
    name: string;
    owns: boolean;
    may_create: boolean;
    is_able: boolean;
  }>(
    `select current_user as name, pg_get_userbyid(relowner) = current_user as owns,
       exists (select from pg_roles where rolname = '${role}' and pg_has_role(oid, relowner, 'member')) as is_able,
       (select rolcreaterole or rolsuper from pg_roles where rolname = current_user) as may_create
     from pg_class where oid = to_regclass('users')`,
  );
  if (!row?.owns)
    return 'The role of DATABASE_URL does not own the tables. Give the address of the one that does, which migrates, in DATABASE_URL for this command.';
  if (!row.may_create)
    return `The role ${row.name} may not make roles: alter role ${row.name} createrole, as a superuser.`;
  if (row.name === role) return 'That is the role that owns the tables: name another one.';
  return row.is_able
    ? 'That role may change the schema: it is a superuser, or a member of the role that owns the tables. Name another one.'
    : undefined;
}

/** Makes the role, or gives it this password, and the rights that a server needs now and on tables that migrations make later. */
export async function makeServingRole(orm: Orm, role: string, password: string): Promise<void> {
  await databaseOf(orm).transaction(async (query) => {
    const [found] = await query(`select 1 as found from pg_roles where rolname = '${role}'`);
    const [here] = await query<{ schema: string; owner: string }>(
      'select quote_ident(current_schema()) as schema, quote_ident(current_user) as owner',
    );
    const { schema, owner } = present(here, 'the answer of PostgreSQL');
    const rows = 'select, insert, update, delete on';
    const statements = [
      // The hash and not the password, because statements may be logged.
      `${found ? 'alter' : 'create'} role ${role} login nocreatedb nocreaterole password '${scramHash(password)}'`,
      `revoke create on schema ${schema} from public, ${role}`,
      `grant usage on schema ${schema} to ${role}`,
      `grant ${rows} all tables in schema ${schema} to ${role}`,
      `grant usage, select on all sequences in schema ${schema} to ${role}`,
      // What is applied is known by those who migrate alone.
      `revoke insert, update, delete on mikro_orm_migrations from ${role}`,
      `alter default privileges for role ${owner} in schema ${schema} grant ${rows} tables to ${role}`,
      `alter default privileges for role ${owner} in schema ${schema} grant usage, select on sequences to ${role}`,
    ];
    for (const statement of statements) await query(statement);
  });
}

/** Returns what PostgreSQL stores for a password (RFC 5803). It holds for ASCII alone, where nothing is to be normalised. */
function scramHash(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const keyOf = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = hash('sha256', keyOf('Client Key'), 'base64');
  const server = keyOf('Server Key').toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}
