/** Leaves out what a migration breaks on purpose, and holds it to its word: a waiver has a reason and is needed. */
import { nearestNames } from '../../run/state/nearest-names.ts';
import type { LintFinding } from './lint-finding.ts';
import type { LintSubject } from './lint-subject.ts';

export interface AppliedRules {
  /** A waiver of a rule that was not applied cannot be called unused. */
  readonly applied: readonly string[];
  /** All that a waiver may name. */
  readonly known: readonly string[];
}

/** Returns the findings of one migration that are not waived, and what is wrong with its waivers. */
export function applyWaivers(
  { migration }: LintSubject,
  findings: readonly LintFinding[],
  rules: AppliedRules,
): LintFinding[] {
  const waivers = Object.entries(migration.lint.allow);
  const waived = new Set(waivers.map(([rule]) => rule));
  const found = new Set(findings.map(({ rule }) => rule));
  const fault = (rule: string, message: string, help: string): LintFinding => ({
    migration: migration.name,
    rule,
    message,
    help,
    severity: 'error',
  });
  return [
    ...findings.filter(({ rule }) => !waived.has(rule)),
    ...waivers
      .filter(([, reason]) => reason.trim() === '')
      .map(([rule]) =>
        fault('waiver-needs-reason', `${rule} is waived without a reason`, 'Say why it does no harm here.'),
      ),
    ...waivers
      .filter(([rule]) => !found.has(rule) && (rules.applied.includes(rule) || !rules.known.includes(rule)))
      .map(([rule]) => fault('unused-waiver', unusedMessage(rule, rules.known), 'Take the waiver out.')),
  ];
}

function unusedMessage(rule: string, known: readonly string[]): string {
  if (known.includes(rule)) return `${rule} is waived, and nothing breaks it`;
  return `there is no rule "${rule}" to waive; did you mean ${nearestNames(known, rule).join(' or ')}?`;
}
