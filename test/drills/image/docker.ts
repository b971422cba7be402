/** The Docker engine of this machine, through its command line. */
import { spawn } from 'node:child_process';

/** A command that hangs must not hang the drill; building an image takes longest. */
const TIMEOUT_MS = 15 * 60_000;

/** How a command ended and all it said. */
export interface Ran {
  readonly code: number | null;
  readonly text: string;
  /** Standard output alone. */
  readonly answer: string;
  readonly durationMs: number;
}

export interface DockerOptions {
  readonly cwd?: string;
  readonly input?: string;
}

/** Runs `docker …` to its end. */
export function docker(
  words: readonly string[],
  { cwd = '/', input = '' }: DockerOptions = {},
): Promise<Ran> {
  const startedAt = performance.now();
  // Not spawn's own time-out: where there is no docker, it would keep this process until it is over.
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const child = spawn('docker', words, { cwd, env: environment(), signal });
  let text = '';
  let answer = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    answer += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stdin.on('error', () => {
    // It ended without reading; its exit code says so.
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text, answer, durationMs: performance.now() - startedAt }));
  });
}

/** Runs a command that must end with 0. */
export async function mustDocker(words: readonly string[], options: DockerOptions = {}): Promise<Ran> {
  const ran = await docker(words, options);
  if (ran.code !== 0) throw new Error(`docker ${words.join(' ')} ended with ${ran.code}:\n${ran.text}`);
  return ran;
}

/** Returns why the drill cannot run here; undefined when it can. */
export async function missingEngine(): Promise<string | undefined> {
  try {
    const engine = await docker(['version', '--format', '{{.Server.Version}}']);
    if (engine.code !== 0) return 'no Docker engine answers';
    const compose = await docker(['compose', 'version']);
    return compose.code === 0 ? undefined : 'docker has no compose';
  } catch {
    return 'there is no docker';
  }
}

/** Nothing of this machine's settings may reach a compose file: an IMAGE or a COMPOSE_FILE that is set here is another's. */
function environment(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => /^(PATH|HOME|DOCKER_\w+)$/.test(name));
  // The engine's own builder: it sees the images that the drill has made.
  return {
    ...Object.fromEntries(own.map(([name, value]) => [name, value ?? ''])),
    BUILDX_BUILDER: 'default',
  };
}
