/** Finds the name of a column in handwritten SQL. */

/** Whether the name occurs as a word. A word of a text in quotes counts too: better one too many than one too few. */
export function mentions(sql: string, column: string): boolean {
  const escaped = column.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\w$])${escaped}(?![\w$])`, 'i').test(sql);
}
