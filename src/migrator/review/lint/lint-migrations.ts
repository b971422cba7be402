/** The linter of migrations: squawk, rules of our own, and what a trace saw; each can be waived with a reason. */
import { readLintContext } from './lint-subject.ts';
import { changeSinceMerge, missingFiles } from './rules/name-rules.ts';
import { RULES } from './rules/rules.ts';
import { findSquawk, runSquawk, SQUAWK_RULES } from './squawk.ts';
import { TRACE_HELP, TRACE_RULES, traceFindings } from './trace-rules.ts';
import { applyWaivers } from './waivers.ts';
import type { TraceReport } from '../trace/migration-trace.ts';
import type { LintFinding } from './lint-finding.ts';
import type { LintContext, LintSelection, LintSubject } from './lint-subject.ts';

export interface LintRequest extends LintSelection {
  /** What {@link traceMigrations} saw; to migrations that it did not run, the rules of the trace do not apply. */
  readonly trace?: TraceReport | undefined;
}

/** Said when squawk is not there. */
export const SQUAWK_IS_MISSING =
  'squawk is not installed (it is a development dependency), so its rules were not applied.';

/**
 * Returns what is to be mended, in the order of the migrations; nothing when all is well. Without squawk (see `findSquawk`) its rules are left out. MigratorFailure `command-invalid` for a name that no migration has.
 */
export async function lintMigrations(request: LintRequest): Promise<LintFinding[]> {
  const context = await readLintContext(request);
  const squawk = findSquawk();
  const { trace } = request;
  const own = [...RULES.map(({ name }) => name), ...(squawk === undefined ? [] : SQUAWK_RULES)];
  const known = [...RULES.map(({ name }) => name), ...SQUAWK_RULES, ...TRACE_RULES];
  const ofTrace = trace === undefined ? [] : await traceFindings(trace.migrations, trace.rowCounts);
  const findings: LintFinding[] = missingFindings(context);
  for (const subject of context.subjects) {
    const { name } = subject.migration;
    if (!subject.isLinted) {
      // A merged file that was changed is always reported, whatever was asked for.
      if (changeSinceMerge(subject.migration, context.base) !== undefined)
        findings.push(
          ...applyWaivers(subject, applyRules(subject, context).filter(isAboutTheText), {
            known,
            applied: [],
          }),
        );
      continue;
    }
    const found = [
      ...applyRules(subject, context),
      ...(squawk === undefined ? [] : await runSquawk(squawk, subject)),
      ...ofTrace.filter(({ migration }) => migration === name),
    ];
    const isTraced = trace?.migrations.some((each) => each.name === name) ?? false;
    const applied = isTraced ? [...own, ...TRACE_RULES] : own;
    findings.push(...applyWaivers(subject, found, { known, applied }).map((each) => asFor(subject, each)));
  }
  return findings;
}

/** Returns all rules by name with what to do about a breach; those of squawk explain themselves at a finding. */
export function ruleHelp(): (readonly [name: string, help: string])[] {
  const own = RULES.map(({ name, help }) => [name, help] as const);
  return [...own, ...Object.entries(TRACE_HELP), ...SQUAWK_RULES.map((name) => [name, '(squawk)'] as const)];
}

/** Whether the findings are such that nobody should continue. */
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

function isAboutTheText({ rule }: LintFinding): boolean {
  return rule === 'applied-file-immutable';
}

/** What is merged can no longer be changed, so what is wrong with it is worth knowing and no reason to fail. */
function asFor({ isMerged }: LintSubject, finding: LintFinding): LintFinding {
  return isMerged && !isAboutTheText(finding) ? { ...finding, severity: 'warning' } : finding;
}

function missingFindings(context: LintContext): LintFinding[] {
  return missingFiles(context).map(({ name, message }) => ({
    migration: name,
    rule: 'applied-file-immutable',
    message,
    help: 'Bring the file back: databases that lack it still need it, and one that has it cannot go back without it.',
    severity: 'error',
  }));
}
