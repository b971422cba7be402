/** The pages of the project, and the blocks of code in them. */

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
const PATTERNS = ['README.md', 'docs/**/*.md', 'clients/*/README.md', 'src/**/README.md', 'bench/README.md'];

/** A block between fences. */
export interface Block {
  /** Below the project's root. */
  readonly page: string;
  /** The nearest heading above it. */
  readonly heading: string;
  /** What stands behind the opening fence; empty when nothing does. */
  readonly language: string;
  readonly text: string;
  /** For messages: where it begins. */
  readonly place: string;
}

export function readPage(page: string): string {
  return readFileSync(new URL(page, ROOT), 'utf8');
}

export function allPages(): readonly string[] {
  return PATTERNS.flatMap((pattern) => globSync(pattern, { cwd: fileURLToPath(ROOT) }).toSorted());
}

/** Returns the blocks of all pages, in their order. */
export function allBlocks(): readonly Block[] {
  return allPages().flatMap(blocksOf);
}

function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, line] of readPage(page).split('\n').entries()) {
    const fence = /^ *```(?<language>\w*)$/.exec(line)?.groups;
    if (!open && fence) open = { language: fence['language'] ?? '', line: index + 1, lines: [] };
    else if (open && fence) {
      const { language, lines } = open;
      blocks.push({
        page,
        heading,
        language,
        text: `${lines.join('\n')}\n`,
        place: `${page}:${open.line}`,
      });
      open = undefined;
    } else if (open) open.lines.push(line);
    else heading = /^#+ (.*)/.exec(line)?.[1] ?? heading;
  }
  return blocks;
}
