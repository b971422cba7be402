/** Reads how columns and constraints are defined, in `create table` as in `alter table`. */
import { columnsOf, functionsOf, stringsOf, tableOf, typeOf } from './tree.ts';
import type { ColumnDef, Constraint, ConstrType, Node } from 'libpg-query';
import type { Action, ColumnFacts, ConstraintFacts } from './action.ts';

/** Types that bring their own default. */
const COUNTING_TYPES: ReadonlySet<string> = new Set([
  'serial',
  'bigserial',
  'smallserial',
  'serial4',
  'serial8',
  'serial2',
]);

/** Returns a column, and the constraints that are written beside it. */
export function readColumn(table: string, column: ColumnDef): { facts: ColumnFacts; constraints: Action[] } {
  const name = column.colname ?? '';
  const type = typeOf(column.typeName);
  const constraints = constraintsOf(column.constraints);
  const is = (kind: ConstrType): boolean => constraints.some(({ contype }) => contype === kind);
  const defaults = constraints.filter(({ contype }) => contype === 'CONSTR_DEFAULT');
  const isStored = constraints.some(({ generated_kind: kind }) => kind === 's');
  const isCounting = COUNTING_TYPES.has(type.name) || is('CONSTR_IDENTITY');
  return {
    facts: {
      name,
      type,
      isRequired: is('CONSTR_NOTNULL') || is('CONSTR_PRIMARY') || isCounting,
      hasDefault: defaults.length > 0 || is('CONSTR_GENERATED') || isCounting,
      functions: functionsOf(defaults),
      isPerRow: isCounting || isStored,
    },
    constraints: constraints.flatMap((constraint) =>
      readConstraint(constraint, { table, column: name, isAlone: false }),
    ),
  };
}

export function constraintsOf(nodes: readonly Node[] | undefined): Constraint[] {
  return (nodes ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));
}

const KINDS: Partial<Record<ConstrType, ConstraintFacts['kind']>> = {
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'foreign-key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_PRIMARY: 'primary',
  CONSTR_EXCLUSION: 'exclude',
  CONSTR_NOTNULL: 'not-null',
};

/** Returns nothing for what stands as a constraint in the grammar and is none, such as a default. */
export function readConstraint(
  constraint: Constraint,
  { table, column, isAlone }: { readonly table: string; readonly column?: string; readonly isAlone: boolean },
): Action[] {
  const {
    contype,
    conname = '',
    skip_validation: isSkipped,
    raw_expr: expression,
    indexname,
    pktable,
  } = constraint;
  const kind = contype && KINDS[contype];
  // Of a column it is a fact of the column.
  if (kind === undefined || (kind === 'not-null' && column !== undefined)) return [];
  const named = [...stringsOf(constraint.keys), ...stringsOf(constraint.fk_attrs), ...columnsOf(expression)];
  const columns = named.length === 0 && column !== undefined ? [column] : [...new Set(named)];
  const proven = kind === 'check' ? provenBy(expression) : undefined;
  return [
    {
      does: 'add-constraint',
      table,
      isAlone,
      constraint: {
        name: conname,
        kind,
        columns,
        isValidated: isSkipped !== true,
        ...(pktable !== undefined && { referenced: tableOf(pktable) }),
        ...(indexname !== undefined && { usingIndex: indexname }),
        ...(proven !== undefined && { provesNotNull: proven }),
      },
    },
  ];
}

/** Returns the columns of `a is not null and b is not null`; undefined for any other condition. */
function provenBy(expression: Node | undefined): string[] | undefined {
  if (expression === undefined) return undefined;
  if ('NullTest' in expression) {
    const { arg, nulltesttype } = expression.NullTest;
    const isColumn = arg !== undefined && 'ColumnRef' in arg && nulltesttype === 'IS_NOT_NULL';
    return isColumn ? columnsOf(arg) : undefined;
  }
  if (!('BoolExpr' in expression) || expression.BoolExpr.boolop !== 'AND_EXPR') return undefined;
  const parts = (expression.BoolExpr.args ?? []).map(provenBy);
  // One part that is none of these still leaves the others proven.
  const columns = parts.flatMap((part) => part ?? []);
  return columns.length === 0 ? undefined : columns;
}
