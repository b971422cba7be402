/** One table of costs: a line for each thing, a column for each size. */

/** What something costs at each size, in milliseconds or whatever the table is of. */
export interface Costs {
  readonly name: string;
  readonly values: readonly number[];
}

/** Ten times as much may cost as much as this, and a little: the lowest figures are noise. */
const FLAT = { times: 3, ms: 5 };

/** Returns the table; what grows more than it may is marked. */
export function growthTable(
  first: string,
  sizes: readonly number[],
  costs: readonly Costs[],
  mayGrow: (cost: Costs) => boolean = isFlat,
): string {
  const rows = [
    [first, ...sizes.map((size) => size.toLocaleString('en'))],
    ...costs.map((cost) => [
      `${cost.name}${mayGrow(cost) ? '' : ' (GROWS)'}`,
      ...cost.values.map((value) => value.toFixed(1)),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map((row) => line(row))].join(
    '\n',
  );
}

/** Whether it costs about the same at each size. */
export function isFlat({ values }: Costs): boolean {
  return (values.at(-1) ?? 0) <= FLAT.times * (values[0] ?? 0) + FLAT.ms;
}

/** Whether none of these sizes costs more than as many times what the size before did as it is larger. */
export function isAtMostLinear({ values }: Costs, sizes: readonly number[]): boolean {
  return values.every((value, index) => {
    const [before = Infinity, size = 1, smaller = 1] = [values[index - 1], sizes[index], sizes[index - 1]];
    return value <= (FLAT.times / 2) * (size / Math.max(1, smaller)) * before + FLAT.ms;
  });
}
