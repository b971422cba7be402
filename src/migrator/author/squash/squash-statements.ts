/** Tells statements apart for a squash. */

/** Returns a statement as it can run in a transaction: on a database that is being built nobody has to be let through. */
export function insideTransaction(statement: string): string {
  return statement
    .replace(/^(\s*create\s+(?:unique\s+)?index)\s+concurrently\b/i, '$1')
    .replace(/^(\s*(?:drop\s+index|reindex\s+\w+))\s+concurrently\b/i, '$1');
}

const CREATED_OR_DROPPED = /^\s*(?:create|drop)\s+(?:unique\s+)?(?:table|index|type|schema)\b/i;
const RENAMED_OR_COMMENTED = /^\s*(?:alter\s+(?:index|type)|comment\s+on)\b/i;
const ALTERED_TABLE =
  /^\s*alter\s+table\s+(?:only\s+)?\S+\s+(?:add|drop|rename|validate|alter\s+(?:column\s+)?\S+\s+(?:type|set\s+default|drop\s+default|set\s+not|drop\s+not))\b/i;

/** Whether the schema at the end says what the statement has done. What is not known to be so is kept. */
export function isDescribedBySchema(statement: string): boolean {
  return [CREATED_OR_DROPPED, RENAMED_OR_COMMENTED, ALTERED_TABLE].some((kind) => kind.test(statement));
}
