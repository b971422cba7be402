/** Checks of the server and of what this user may do there. */
import { preflight } from '../../run/plan/preflight.ts';
import { fail, ok, orOk, warn } from './finding.ts';
import { readTablesOfOthers } from './schema-faults.ts';
import { placeText, readServerFacts } from './server-facts.ts';
import type { Check, Finding } from './finding.ts';

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

const MOST_LISTED = 5;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return [...names.slice(0, MOST_LISTED), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}
