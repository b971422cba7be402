/** The text of a migration as its author wrote it. */

/** Strings before comments, because a string may hold what looks like a comment. */
const STRING_OR_COMMENT = /(["'])(?:(?!\1)[^\\\n]|\\[^])*\1|`(?:[^`\\]|\\[^])*`|\/\/[^\n]*|\/\*[^]*?\*\//g;

/** Returns TypeScript without its comments. */
export function codeWithoutComments(source: string): string {
  return source.replaceAll(STRING_OR_COMMENT, (found) => (/^\/[/*]/.test(found) ? ' ' : found));
}
