/** Checks of the server and of what this user may do there. */
import { preflight } from '../../run/plan/preflight.ts';
import { fail, ok, orOk, warn } from './finding.ts';
import { readTablesOfOthers } from './schema-faults.ts';
import { placeText, readServerFacts } from './server-facts.ts';
import type { Check, Finding } from './finding.ts';

/** Orders are timed by the broker, sessions and locks by the database, logs by the machine: a second apart confuses. */
const CLOCKS_APART_MS = 1_000;
const CLOCKS_WRONG_MS = 60_000;
const CONNECTIONS_SHARE = 0.8;

export const checkConnection: Check = async ({ reader }) => {
  const facts = await readServerFacts(reader.query);
  return [ok(`${placeText(facts)}, PostgreSQL ${facts.version}`)];
};

/** What every run of the migrator asks for: new enough, no standby, no pooler in between. */
export const checkServer: Check = async ({ reader }) => {
  await preflight(reader);
  return [ok('its version is new enough, it takes writes, and no pooler is in between')];
};

export const checkRights: Check = async ({ reader }) => {
  const { user, schema, mayCreate } = await readServerFacts(reader.query);
  const others = await readTablesOfOthers(reader.query);
  const findings: Finding[] = [];
  if (!mayCreate)
    findings.push(
      fail(
        `user "${user}" may not create tables${schema === null ? ': no schema of its search path exists' : ` in schema "${schema}"`}`,
        schema === null
          ? 'Create the schema, or correct search_path.'
          : `As its owner: grant create on schema "${schema}" to "${user}"; or set MIGRATION_DATABASE_URL to a user that may.`,
      ),
    );
  if (others.length > 0)
    findings.push(
      fail(
        `user "${user}" may not alter ${listed(others.map(({ table, owner }) => `${table} (of ${owner})`))}`,
        `Give the tables to one role (alter table … owner to …), or set MIGRATION_DATABASE_URL to their owner.`,
      ),
    );
  return orOk(findings, `user "${user}" may create tables and alter all that there are`);
};

export const checkClock: Check = async ({ reader }) => {
  // The answer was made somewhere between asking and hearing; that much cannot be told apart.
  const askedAt = Date.now();
  const [row] = await reader.query<{ at: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::bigint as at',
  );
  const heardAt = Date.now();
  const at = row?.at ?? askedAt;
  const apartMs = Math.max(0, askedAt - at, at - heardAt);
  const said = `the server's clock is ${apartMs} ms ${at > heardAt ? 'ahead of' : 'behind'} this machine's`;
  if (apartMs > CLOCKS_WRONG_MS)
    return [fail(said, 'Run a time service (chrony, systemd-timesyncd) on both.')];
  if (apartMs > CLOCKS_APART_MS)
    return [warn(said, 'Run a time service (chrony, systemd-timesyncd) on both.')];
  return [ok("the server's clock and this machine's agree")];
};

export const checkConnections: Check = async ({ reader }) => {
  const [row] = await reader.query<{ used: number; most: number }>(
    `select count(*)::int as used,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most
     from pg_stat_activity where backend_type = 'client backend'`,
  );
  const { used, most } = row ?? { used: 0, most: 1 };
  const said = `${used} of ${most} connections are in use`;
  return used < most * CONNECTIONS_SHARE
    ? [ok(said)]
    : [warn(said, 'Raise max_connections, or run fewer copies: a copy that starts needs connections too.')];
};

/** Settings under which the server says "committed" of what a power cut may still take. */
export const checkDurability: Check = async ({ reader, isProduction }) => {
  const rows = await reader.query<{ name: string }>(
    `select name from pg_settings
     where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name`,
  );
  if (rows.length === 0) return [ok('what is committed survives a power cut')];
  const names = rows.map(({ name }) => name).join(', ');
  const verdict = isProduction ? fail : warn;
  return [
    verdict(
      `${names} ${rows.length === 1 ? 'is' : 'are'} off: a power cut may take orders that were recorded`,
      'Turn it on in postgresql.conf and reload. Only tests do without.',
    ),
  ];
};

export const checkSize: Check = async ({ reader }) => {
  const [row] = await reader.query<{ size: string }>(
    'select pg_size_pretty(pg_database_size(current_database())) as size',
  );
  return [
    ok(
      `the database takes ${row?.size ?? 'an unknown size'}; what the disk has left the server does not tell`,
    ),
  ];
};

const MOST_LISTED = 5;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return [...names.slice(0, MOST_LISTED), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}
