/** What a drill prints. */

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** Rejects when the drill is interrupted, so that it removes what it started. */
export function interrupted(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`The drill was ended by ${signal}.`)));
  });
}

/** An option that a drill does not have, or that has a wrong value. */
export class Misuse extends Error {}

function isMisuse(error: unknown): error is Error {
  return (
    error instanceof Misuse ||
    (error instanceof TypeError && String(Reflect.get(error, 'code')).startsWith('ERR_PARSE_ARGS'))
  );
}

/** Runs a drill to its end: exit code 0 only when it says so, 2 when it was called wrongly. */
export async function runDrill(drill: () => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await drill()) ? 0 : 1;
  } catch (error) {
    if (isMisuse(error)) {
      process.stderr.write(`${error.message}\ndocs/development.md says what each drill takes.\n`);
      process.exitCode = 2;
      return;
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
}
