/** Prometheus's own check of metrics and rules, where it is installed. */
import { spawnSync } from 'node:child_process';

export const NO_PROMTOOL = 'promtool is not installed; it is part of the Debian package prometheus';

const PROGRAM = 'promtool';

/** Runs it, in a folder or on a text; returns its exit code and what it says, undefined when it is not installed. */
export function promtool(
  words: readonly string[],
  { folder, text }: { readonly folder?: URL; readonly text?: string } = {},
): { readonly code: number | null; readonly output: string } | undefined {
  const { error, status, stdout, stderr } = spawnSync(PROGRAM, words, {
    encoding: 'utf8',
    ...(folder && { cwd: folder }),
    ...(text !== undefined && { input: text }),
  });
  if (error) return undefined;
  return { code: status, output: `${stdout}${stderr}` };
}
