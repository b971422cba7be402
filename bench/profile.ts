/** `--profile`: the same run, with a profile of the processor's time of each process that ends by itself. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs a script of ours with these arguments, profiled; prints where the profiles are and returns its exit code. */
export async function profile(script: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'auto-forex-profiles-'));
  const options = `${process.env['NODE_OPTIONS'] ?? ''} --cpu-prof --cpu-prof-dir=${folder}`;
  // Servers that a benchmark starts read the same variable.
  const env = { ...process.env, NODE_OPTIONS: options.trim() };
  const [code] = (await once(spawn(process.execPath, script, { env, stdio: 'inherit' }), 'exit')) as [
    number | null,
  ];
  console.error(
    `Profiles are in ${folder}: open them in the Performance panel of Chrome, or at speedscope.app.`,
  );
  return code ?? 1;
}
