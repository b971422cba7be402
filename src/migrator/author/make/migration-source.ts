/** The text of a migration's file. */
import { relative } from 'node:path';
import type { Phase } from '../../run/migration.ts';

/** The base that every migration extends, and what it is found by from the folder of migrations. */
const BASE = `${import.meta.dirname}/../../recipes.ts`;

export interface MigrationText {
  readonly name: string;
  readonly folder: string;
  readonly phase: Phase;
  readonly isTransactional: boolean;
  /** Sentences for whoever reads the file. */
  readonly note: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
  readonly requires?: readonly string[];
  readonly replaces?: readonly string[];
  readonly backfills?: readonly string[];
  /** Rules of the linter that it breaks, each with why that does no harm. */
  readonly waivers?: Readonly<Record<string, string>>;
  /** Whether a new database needs nothing of it; `db squash --optimize` then leaves it out. */
  readonly isElidable?: boolean;
  readonly irreversible?: string;
}

/** Returns the source. */
export function migrationSource(text: MigrationText): string {
  const { name, folder, note, up, down, irreversible, isElidable = false } = text;
  const mark = isElidable ? '    // elidable: a new database has no rows for it.\n' : '';
  const back =
    irreversible === undefined
      ? `\n  override down(): void {\n${down.length === 0 ? '    // Nothing to take back.\n' : statements(down)}  }\n`
      : '';
  return `import { Migration } from '${importPath(folder)}';

/** ${note} */
export class ${name} extends Migration {

  override name = '${name}';

${statics(text)}
  override up(): void {
${mark}${statements(up)}  }
${back}
}
`;
}

/** Returns how a migration in the folder imports the guarded base. */
function importPath(folder: string): string {
  const path = relative(folder, BASE).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

function statics(text: MigrationText): string {
  const { phase, isTransactional, irreversible, waivers = {} } = text;
  const { requires = [], replaces = [], backfills = [] } = text;
  const list = (name: string, names: readonly string[]): string =>
    names.length === 0 ? '' : line(name, `[${names.map((each) => `\n    '${each}',`).join('')}\n  ]`);
  const allowed = Object.entries(waivers).map(([rule, reason]) => `\n    '${rule}': ${literal(reason)},`);
  return [
    line('phase', `'${phase}'`),
    isTransactional ? '' : line('transactional', 'false'),
    list('requires', requires),
    list('replaces', replaces),
    list('backfills', backfills),
    irreversible === undefined ? '' : line('irreversible', literal(irreversible)),
    allowed.length === 0 ? '' : line('lint', `{ allow: {${allowed.join('')}\n  } }`),
  ].join('');
}

function line(name: string, value: string): string {
  return `  static override readonly ${name} = ${value};\n`;
}

function literal(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll('\n', ' ')}'`;
}

function statements(sql: readonly string[]): string {
  return sql
    .map((statement) => {
      const whole = statement.trimEnd().endsWith(';') ? statement.trimEnd() : `${statement.trimEnd()};`;
      return `    this.addSql(\`${whole.replaceAll(/[`$\\]/g, String.raw`\$&`)}\`);\n`;
    })
    .join('');
}
