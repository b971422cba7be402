/** Searches the syntax tree of PostgreSQL's parser. */
import type { Node, RangeVar, TypeName } from 'libpg-query';

/** `ColumnRef` is a kind of node, and `{ ColumnRef: … }` a node of it. */
type Kind = Node extends infer Each ? (Each extends Each ? keyof Each : never) : never;
type Of<K extends Kind> = Extract<Node, Record<K, unknown>>[K & keyof Extract<Node, Record<K, unknown>>];

/** Returns all nodes of one kind in a tree, outer ones first. */
export function nodesOf<K extends Kind>(kind: K, tree: unknown): Of<K>[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const own: unknown = Reflect.get(tree, kind);
  const here = isNode<K>(own) ? [own] : [];
  return [...here, ...Object.values(tree).flatMap((part: unknown) => nodesOf(kind, part))];
}

/** No field of another sort is called as a kind of node is. */
function isNode<K extends Kind>(value: unknown): value is Of<K> {
  return typeof value === 'object' && value !== null;
}

/** Whether a field of a tree has this value, wherever it stands. */
export function holds(tree: unknown, field: string, value: unknown): boolean {
  if (typeof tree !== 'object' || tree === null) return false;
  return Object.entries(tree).some(
    ([name, part]: [string, unknown]) => (name === field && part === value) || holds(part, field, value),
  );
}

/** Returns the names in a list such as that of a key's columns. */
export function stringsOf(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

/** Returns a table's name without its schema. */
export function tableOf(relation: RangeVar | undefined): string {
  return relation?.relname ?? '';
}

/** A type without its schema: `numeric(10,2)` is `numeric` and 10 and 2. Names are PostgreSQL's own: `int4`, `bpchar`. */
export interface ColumnType {
  readonly name: string;
  readonly numbers: readonly number[];
  readonly isArray: boolean;
}

export function typeOf(type: TypeName | undefined): ColumnType {
  return {
    name: stringsOf(type?.names).at(-1) ?? '',
    numbers: (type?.typmods ?? []).flatMap((node) =>
      'A_Const' in node && node.A_Const.ival !== undefined ? [node.A_Const.ival.ival ?? 0] : [],
    ),
    isArray: (type?.arrayBounds ?? []).length > 0,
  };
}

export function typeText({ name, numbers, isArray }: ColumnType): string {
  return `${name}${numbers.length === 0 ? '' : `(${numbers.join(',')})`}${isArray ? '[]' : ''}`;
}

/** Returns the functions that an expression calls, without their schemas. */
export function functionsOf(expression: unknown): string[] {
  return nodesOf('FuncCall', expression).map(({ funcname }) => stringsOf(funcname).at(-1) ?? '');
}

/** Returns the columns that an expression names. */
export function columnsOf(expression: unknown): string[] {
  return nodesOf('ColumnRef', expression).map(({ fields }) => stringsOf(fields).at(-1) ?? '');
}
