/** The linter of migrations: rules on their SQL and their code, each of which can be waived with a reason. */
import { readLintContext } from './lint-subject.ts';
import { phaseRules } from './rules/phase-rules.ts';
import { rowRules } from './rules/row-rules.ts';
import { schemaRules } from './rules/schema-rules.ts';
import { sourceRules } from './rules/source-rules.ts';
import type { Breach, LintContext, LintSelection, LintSubject, Rule } from './lint-subject.ts';

/** One thing to fix. A `warning` does not fail: the migration is merged and can no longer be changed, or it cannot be known. */
export interface LintFinding extends Breach {
  readonly migration: string;
  readonly rule: string;
  readonly help: string;
  readonly severity: 'error' | 'warning';
}

/** In the order in which their findings are reported. */
export const RULES: readonly Rule[] = [...sourceRules, ...phaseRules, ...schemaRules, ...rowRules];

/**
 * Returns what is to be fixed, in the order of the migrations; nothing when all is well. MigratorFailure `command-invalid` for a name
 * that no migration has.
 */
export async function lintMigrations(selection: LintSelection): Promise<LintFinding[]> {
  const context = await readLintContext(selection);
  return context.subjects
    .filter(({ isLinted }) => isLinted)
    .flatMap((subject) => {
      const findings = applyWaivers(subject, applyRules(subject, context));
      return subject.isMerged
        ? findings.map((finding) => ({ ...finding, severity: 'warning' as const }))
        : findings;
    });
}

/** Whether the findings forbid continuing. */
export function isFailing(findings: readonly LintFinding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

function applyRules(subject: LintSubject, context: LintContext): LintFinding[] {
  return RULES.flatMap((rule) =>
    rule.find(subject, context).map((breach) => ({
      ...breach,
      migration: subject.migration.name,
      rule: rule.name,
      help: breach.help ?? rule.help,
      severity: rule.severity ?? 'error',
    })),
  );
}

/** Leaves out what is waived, and checks the waivers: each has a reason and is needed. */
function applyWaivers({ migration }: LintSubject, findings: readonly LintFinding[]): LintFinding[] {
  const { allow } = migration.lint;
  const found = new Set(findings.map(({ rule }) => rule));
  const fault = (rule: string, message: string, help: string): LintFinding => ({
    migration: migration.name,
    rule,
    message,
    help,
    severity: 'error',
  });
  return [
    ...findings.filter(({ rule }) => !(rule in allow)),
    ...Object.entries(allow).flatMap(([rule, reason]) => {
      if (!found.has(rule))
        return [
          fault(
            'unused-waiver',
            `${rule} is waived, and nothing breaks it`,
            'Take the waiver out: "npm run db -- check --rules" lists the rules.',
          ),
        ];
      const needsReason = `${rule} is waived without a reason`;
      return reason.trim() === ''
        ? [fault('waiver-needs-reason', needsReason, 'Say why it does no harm here.')]
        : [];
    }),
  ];
}
