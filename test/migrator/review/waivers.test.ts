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
    const findings = await lint(waiving({ 'rename-needs-ack': ' ' }));

    expect(rulesOf(findings)).toEqual(['waiver-needs-reason']);
    expect(findings[0]?.message).toContain('rename-needs-ack');
  });

  it('that nothing needs is an error', async () => {
    const findings = await lint(waiving({ 'rename-needs-ack': 'a reason', 'fk-needs-index': 'a reason' }));

    expect(findings).toMatchObject([{ rule: 'unused-waiver', severity: 'error' }]);
    expect(findings[0]?.message).toContain('fk-needs-index');
  });

  it('of a rule that does not exist is an error that names the nearest', async () => {
    const findings = await lint(waiving({ 'rename-needs-ack': 'a reason', 'rename-need-ack': 'a reason' }));

    expect(findings[0]?.message).toMatch(/no rule "rename-need-ack".*rename-needs-ack/);
  });

  it('of a rule of the trace is no error where nothing was traced', async () => {
    expect(await lint(waiving({ 'rename-needs-ack': 'a reason', 'trace-rewrite': 'small' }))).toEqual([]);
  });

  it('with a reason that is needed silences its rule and no other', async () => {
    expect(rulesOf(await lint(renaming))).toEqual(['rename-needs-ack']);
    expect(await lint(waiving({ 'rename-needs-ack': 'nothing reads it' }))).toEqual([]);
  });
});
