/** Why a column may be dropped by a contract of the release that changed its table. */
import type { Draft } from './draft.ts';

const RULE = 'drop-needs-prior-release';
const REASON = 'it waits until no copy of the old version is left, and the new one does not use it';

const DROPS = /^alter table (\S+) drop column|^drop table (\S+?);?$/;

/** Returns the drafts; a contract that drops what another of them changes tells the linter why that is well. */
export function waiveOwnRelease(drafts: readonly Draft[]): Draft[] {
  const earlier = drafts.filter(({ phase }) => phase !== 'contract').flatMap(({ up }) => up);
  return drafts.map((draft) => {
    if (draft.phase !== 'contract') return draft;
    const dropsFrom = draft.up
      .filter((statement) => !isTakenOver(statement, draft))
      .flatMap((statement) => DROPS.exec(statement)?.slice(1) ?? []);
    const isTouched = dropsFrom.some((table) => earlier.some((statement) => touches(statement, table)));
    return isTouched ? { ...draft, waivers: { ...draft.waivers, [RULE]: REASON } } : draft;
  });
}

/** A column that gets the name of the one that is dropped is what the linter takes it for. */
function isTakenOver(statement: string, { up }: Draft): boolean {
  const [, table, column] = /^alter table (\S+) drop column ("(?:[^"]|"")+");?$/.exec(statement) ?? [];
  if (table === undefined || column === undefined) return false;
  return up.some(
    (other) => other.startsWith(`alter table ${table} rename column `) && other.endsWith(` to ${column}`),
  );
}

function touches(statement: string, table: string | undefined): boolean {
  if (table === undefined) return false;
  const isIndex = /^create (?:unique )?index/.test(statement) && statement.includes(` on ${table} `);
  return isIndex || statement.startsWith(`alter table ${table} `) || statement.startsWith(`update ${table} `);
}
