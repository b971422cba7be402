import { describe, expect, it } from 'vitest';
import { findSquawk } from '../../../src/migrator/review/lint/squawk.ts';
import { migrationSource } from '../../support/migration-folder.ts';
import { lint, LINTED, rulesOf } from './lint-case.ts';

const down = ['select 1'];
const uniqueOn = (table: string): string => `alter table ${table} add constraint u unique (id)`;

describe.skipIf(findSquawk() === undefined)('squawk', () => {
  const cases = [
    { rule: 'require-concurrent-index-creation', sql: 'create index i on orders (note)' },
    { rule: 'disallowed-unique-constraint', sql: uniqueOn('orders') },
    { rule: 'changing-column-type', sql: 'alter table orders alter column id type bigint' },
    {
      rule: 'constraint-missing-not-valid',
      sql: 'alter table orders add constraint c check (total > 0)',
    },
    { rule: 'prefer-timestamp-tz', sql: 'alter table orders add at timestamp null' },
  ];
  it.each(cases)('finds $rule and names the statement', async ({ rule, sql }) => {
    const findings = await lint({ up: ['alter table orders add a int null', sql], down });

    expect(findings.find((finding) => finding.rule === rule)).toMatchObject({
      migration: LINTED,
      statement: sql,
      severity: 'error',
    });
  });

  it('names the recipe where it knows none', async () => {
    const findings = await lint({ up: ['alter table orders alter column id type bigint'], down });

    expect(findings.find(({ rule }) => rule === 'changing-column-type')?.help).toMatch(/changeTypeOnline/);
  });

  it('finds the statement among some of several lines', async () => {
    const [finding] = await lint({
      up: ['alter table orders\n  add a int null', 'create index i\n\n on orders (note)', 'select\n1'],
      down,
    });

    expect(finding?.statement).toMatch(/^create index i/);
  });

  it('speaks of no lock on a table that the migration makes', async () => {
    expect(await lint({ up: ['create table b (id int)', uniqueOn('b')], down })).toEqual([]);
  });

  it('speaks of no lock on a table that an earlier migration of the release makes', async () => {
    const others = {
      Migration20260101000001_made: migrationSource({
        up: ['create table b (id int)'],
        down: ['drop table b'],
      }),
    };

    expect(await lint({ up: [uniqueOn('b')], down }, { others })).toEqual([]);
  });

  it('speaks of locks on a table that a later migration of the release makes under the same name', async () => {
    const others = {
      Migration20260101000003_made: migrationSource({
        up: ['create table b (id int)'],
        down: ['drop table b'],
      }),
    };

    expect(rulesOf(await lint({ up: [uniqueOn('b')], down }, { others }))).toContain(
      'disallowed-unique-constraint',
    );
  });

  it('is waived by the names of its own rules', async () => {
    const statics = [
      `static override readonly lint = { allow: { 'require-concurrent-index-creation': 'ten rows' } };`,
    ];

    expect(await lint({ up: ['create index i on orders (note)'], down, statics })).toEqual([]);
  });

  it('tells of SQL that is none', async () => {
    expect(rulesOf(await lint({ up: ['alter table orders add'], down }))).toContain('syntax-error');
  });
});
