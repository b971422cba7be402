/** One deployment by a compose file, under a name of its own, so that no other on this machine is touched. */
import { docker, mustDocker } from './docker.ts';
import type { DockerOptions, Ran } from './docker.ts';

/** Everything that may run in it has one of these. */
const PROFILES = ['--profile', 'ops', '--profile', 'schedule'];

export class ComposeProject implements AsyncDisposable {
  readonly #words: readonly string[];
  readonly #folder: string;

  /** The folder's `.env`, if it has one, sets the variables of the compose files. */
  constructor(name: string, folder: string, files: readonly string[]) {
    this.#folder = folder;
    const given = files.flatMap((file) => ['--file', file]);
    this.#words = ['compose', '--project-name', name, '--project-directory', folder, ...given];
  }

  /** Runs `docker compose …` that must end with 0. */
  async compose(words: readonly string[], options: DockerOptions = {}): Promise<Ran> {
    return mustDocker([...this.#words, ...words], { cwd: this.#folder, ...options });
  }

  /** Runs it and returns how it ended. */
  async tryCompose(words: readonly string[], options: DockerOptions = {}): Promise<Ran> {
    return docker([...this.#words, ...words], { cwd: this.#folder, ...options });
  }

  /** Runs `manage …` in the server's container; returns what it answered. */
  async manage(words: readonly string[], options: DockerOptions = {}): Promise<string> {
    return (await this.compose(['exec', '-T', 'server', 'manage', ...words], options)).answer;
  }

  async sql(statement: string): Promise<string> {
    const psql = [
      'exec',
      '-T',
      'postgres',
      'psql',
      '-U',
      'forex',
      '-d',
      'forex',
      '-At',
      '-v',
      'ON_ERROR_STOP=1',
    ];
    return (await this.compose([...psql, '-c', statement])).answer.trim();
  }

  /** What `docker inspect` says about the container of a service, stopped ones included. */
  async inspect(service: string, format: string): Promise<string> {
    const { answer } = await this.compose(['ps', '--all', '--quiet', service]);
    const [id = ''] = answer.trim().split('\n');
    return (await mustDocker(['inspect', '--format', format, id])).answer.trim();
  }

  async logs(service: string): Promise<string> {
    return (await this.compose(['logs', '--no-color', '--no-log-prefix', service])).answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose([...PROFILES, 'down', '--volumes', '--remove-orphans', '--timeout', '10']);
  }
}
