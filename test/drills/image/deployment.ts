/** A production deployment in a folder of its own, made and changed as docs/operations.md says. */
import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ComposeProject } from './compose-project.ts';
import { demand } from './demand.ts';
import { readyz } from './until.ts';
import type { Ran } from './docker.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** The market is open, whatever day it is, and something happens in it. */
const MARKET = 'synthetic?seed=3&speed=10&start=2026-01-05T12:00:00Z';
const UP = ['up', '--detach', '--no-deps', '--wait', '--wait-timeout', '300', 'server'];

export class Deployment extends ComposeProject {
  readonly address: string;
  readonly #folder: string;
  readonly #port: number;

  private constructor(name: string, folder: string, port: number) {
    super(name, folder, [join(folder, 'docker-compose.yaml')]);
    this.#folder = folder;
    this.#port = port;
    this.address = `http://127.0.0.1:${port}`;
  }

  /** Makes the folder: the compose file, its scripts and its secrets. */
  static async make(name: string, folder: string): Promise<Deployment> {
    await cp(join(ROOT, 'docker-compose.prod.yaml'), join(folder, 'docker-compose.yaml'));
    await cp(join(ROOT, 'deploy'), join(folder, 'deploy'), { recursive: true });
    await promisify(execFile)(join(folder, 'deploy/make-secrets.sh'));
    return new Deployment(name, folder, await freePort());
  }

  /** Writes the `.env` that names this image. */
  async choose(image: string, others: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = {
      IMAGE: image,
      PUBLIC_URL: 'https://drill.example.org',
      SERVER_PORT: String(this.#port),
      PAPER_FEED: MARKET,
      ...others,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}='${value}'\n`);
    await writeFile(join(this.#folder, '.env'), lines.join(''));
  }

  /** Migrates in a container of its own and ends, while the server continues. */
  migrateOnly(): Promise<Ran> {
    return this.tryCompose(['run', '--rm', '--no-deps', '-T', '--env', 'MIGRATIONS=only', 'server']);
  }

  /** Runs what the chosen image is; ends when it is ready. */
  startServer(): Promise<Ran> {
    return this.compose(UP);
  }

  /** Runs a service of the profile `ops` to its end. */
  operate(service: string, ...words: readonly string[]): Promise<Ran> {
    return this.compose(['run', '--rm', '--no-deps', '-T', service, ...words]);
  }

  /** Which container is the database, and since when it runs: a deploy changes neither. */
  database(): Promise<string> {
    return this.inspect('postgres', '{{.Id}} since {{.State.StartedAt}}, restarted {{.RestartCount}} times');
  }

  async demandReady(): Promise<void> {
    const { status, text } = await readyz(this.address);
    demand(status === 200, `/readyz of the published port answers ${status} ${text}`);
  }
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const probe = createServer();
  const { promise, resolve } = Promise.withResolvers<number>();
  probe.listen(0, '127.0.0.1', () => {
    const address = probe.address();
    resolve(typeof address === 'object' && address !== null ? address.port : 0);
  });
  const port = await promise;
  await new Promise((closed) => probe.close(closed));
  return port;
}
