/** The text of a migration's file. */
import { relative } from 'node:path';
import type { Draft } from './draft.ts';

/** The base that every migration extends, and what it is found by from the folder of migrations. */
const BASE = `${import.meta.dirname}/../../recipes.ts`;

/** A step as it is written: what it does, and what it states besides. */
export interface StepText extends Omit<Draft, 'waivers' | 'backfills'> {
  /** Rules of the linter that it breaks, each with why that does no harm. */
  readonly waivers?: Readonly<Record<string, string>>;
  readonly backfills?: readonly string[];
  readonly requires?: readonly string[];
  readonly replaces?: readonly string[];
}

export interface MigrationText {
  readonly name: string;
  readonly folder: string;
  /** In order; one alone is written as a class with `up` and `down`. */
  readonly steps: readonly StepText[];
}

/** Returns the source. */
export function migrationSource({ name, folder, steps }: MigrationText): string {
  const [only] = steps;
  const isPlain = only !== undefined && steps.length === 1;
  const imports = isPlain ? ['Migration'] : [...new Set(steps.map(({ phase }) => phase)), 'Migration'];
  return `import { ${imports.toSorted((a, b) => a.localeCompare(b)).join(', ')} } from '${importPath(folder)}';

/** ${isPlain ? only.note : MANY_STEPS} */
export class ${name} extends Migration {

  override name = '${name}';

${isPlain ? plainBody(only) : stepsBody(steps)}
}
`;
}

const MANY_STEPS =
  'Each step is a transaction of its own; the contracts among them wait until they are asked for.';

/** Returns how a migration in the folder imports the guarded base. */
function importPath(folder: string): string {
  const path = relative(folder, BASE).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

function plainBody(step: StepText): string {
  const { phase, up, down, irreversible } = step;
  const facts = [`phase = '${phase}'`, ...factsOf(step, '  ').map(([name, value]) => `${name} = ${value}`)];
  const back =
    irreversible === undefined
      ? `\n  override down(): void {\n${down.length === 0 ? '    // Nothing to take back.\n' : calls(down)}  }\n`
      : '';
  return `${facts.map((fact) => `  static override readonly ${fact};\n`).join('')}
  override up(): void {
${calls(up)}  }
${back}`;
}

function calls(sql: readonly string[]): string {
  return sql.map((each) => `    this.addSql(${statement(each)});\n`).join('');
}

function stepsBody(steps: readonly StepText[]): string {
  return `  static override readonly steps = [\n${steps.map(stepBody).join('')}  ];\n`;
}

function stepBody(step: StepText): string {
  const { phase, note, up, down, irreversible } = step;
  const parts = [
    ...factsOf(step, '      '),
    ['up', sqlList(up)] as const,
    ...(irreversible === undefined ? [['down', sqlList(down)] as const] : []),
  ];
  const lines = parts.map(([name, value]) => `      ${name}: ${value},\n`);
  return `    // ${note}\n    ${phase}({\n${lines.join('')}    }),\n`;
}

/** What a step states besides its phase, as code. */
function factsOf(step: StepText, indent: string): (readonly [string, string])[] {
  const { isTransactional, irreversible, waivers = {} } = step;
  const { requires = [], replaces = [], backfills = [] } = step;
  const list = (name: string, names: readonly string[]): (readonly [string, string])[] =>
    names.length === 0
      ? []
      : [[name, `[${names.map((each) => `\n${indent}  '${each}',`).join('')}\n${indent}]`]];
  const allowed = Object.entries(waivers).map(
    ([rule, reason]) => `\n${indent}  '${rule}': ${literal(reason)},`,
  );
  return [
    ...(isTransactional ? [] : [['transactional', 'false'] as const]),
    ...list('requires', requires),
    ...list('replaces', replaces),
    ...list('backfills', backfills),
    ...(irreversible === undefined ? [] : [['irreversible', literal(irreversible)] as const]),
    ...(allowed.length === 0 ? [] : [['lint', `{ allow: {${allowed.join('')}\n${indent}} }`] as const]),
  ];
}

function sqlList(sql: readonly string[]): string {
  return sql.length === 0 ? '[]' : `[\n${sql.map((each) => `        ${statement(each)},\n`).join('')}      ]`;
}

function literal(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll('\n', ' ')}'`;
}

/** SQL as a template literal. */
function statement(sql: string): string {
  const whole = sql.trimEnd().endsWith(';') ? sql.trimEnd() : `${sql.trimEnd()};`;
  return `\`${whole.replaceAll(/[`$\\]/g, String.raw`\$&`)}\``;
}
