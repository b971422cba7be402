import { describe, expect, it } from 'vitest';
import { lint, rulesOf } from './lint-case.ts';

const renaming = {
  phase: 'contract',
  up: ['alter table orders rename column note to remark'],
  down: ['select 1'],
} as const;

const waiving = (allow: Readonly<Record<string, string>>) => ({
  ...renaming,
  statics: [`static override readonly lint = { allow: ${JSON.stringify(allow)} };`],
});

describe('a waiver', () => {
  it('without a reason is an error', async () => {
    const findings = await lint(waiving({ 'contract-not-with-expand': ' ' }));

    expect(rulesOf(findings)).toEqual(['waiver-needs-reason']);
    expect(findings[0]?.message).toContain('contract-not-with-expand');
  });

  it('that nothing needs is an error', async () => {
    const findings = await lint(
      waiving({ 'contract-not-with-expand': 'a reason', 'fk-needs-index': 'a reason' }),
    );

    expect(findings).toMatchObject([{ rule: 'unused-waiver', severity: 'error' }]);
    expect(findings[0]?.message).toContain('fk-needs-index');
  });

  it('with a reason that is needed silences its rule and no other', async () => {
    expect(rulesOf(await lint(renaming))).toEqual(['contract-not-with-expand']);
    expect(await lint(waiving({ 'contract-not-with-expand': 'nothing reads it' }))).toEqual([]);
  });
});
