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
    const dropsFrom = draft.up.flatMap((statement) => DROPS.exec(statement)?.slice(1) ?? []);
    const isTouched = dropsFrom.some((table) => earlier.some((statement) => touches(statement, table)));
    return isTouched ? { ...draft, waivers: { ...draft.waivers, [RULE]: REASON } } : draft;
  });
}

function touches(statement: string, table: string | undefined): boolean {
  if (table === undefined) return false;
  const isIndex = /^create (?:unique )?index/.test(statement) && statement.includes(` on ${table} `);
  return isIndex || statement.startsWith(`alter table ${table} `) || statement.startsWith(`update ${table} `);
}
