/** The development compose file: copies that start together on an empty database migrate once, serve and stop in order. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seconds } from '../say.ts';
import { ComposeProject } from './compose-project.ts';
import { demand } from './demand.ts';
import { MANAGE } from './manage-commands.ts';
import type { Report } from './report.ts';

const ROOT = join(import.meta.dirname, '../../..');
const COPIES = 3;
const ASKS_READYZ = `fetch('http://127.0.0.1:8000/readyz').then((answer) => process.exit(answer.ok ? 0 : 1))`;

interface Status {
  readonly migrations: readonly {
    readonly standing: string;
    readonly faults: readonly unknown[];
    readonly applied?: { readonly host?: string };
  }[];
}

export async function startCopies(
  folder: string,
  name: string,
  image: string,
  report: Report,
): Promise<void> {
  // The image that is tried, and no port: one of this machine cannot belong to three copies.
  const override = join(folder, 'copies.yaml');
  await writeFile(
    override,
    `services:\n  server:\n    image: ${image}\n    build: !reset null\n    ports: !reset []\n`,
  );
  const files = [join(ROOT, 'docker-compose.yaml'), override];
  await using project = new ComposeProject(name, folder, files);
  const words = ['up', '--detach', '--wait', '--wait-timeout', '300', '--scale', `server=${COPIES}`];
  const { durationMs } = await project.compose(words);
  report.add(`${COPIES} copies on an empty database are ready`, seconds(durationMs));
  for (let copy = 1; copy <= COPIES; copy += 1)
    await project.compose(['exec', '-T', '--index', String(copy), 'server', 'node', '-e', ASKS_READYZ]);
  const { migrations } = JSON.parse(await project.manage(MANAGE.statusAsJson)) as Status;
  const wrong = migrations.filter(({ standing, faults }) => standing !== 'applied' || faults.length > 0);
  demand(wrong.length === 0, `migrations are not as they should be: ${JSON.stringify(wrong)}`);
  const hosts = new Set(migrations.map(({ applied }) => applied?.host));
  demand(hosts.size === 1, `not one copy migrated but ${[...hosts].join(', ')}`);
  const applied = (await project.logs('server')).split('"msg":"migration applied"').length - 1;
  demand(applied === migrations.length, `${migrations.length} migrations were applied ${applied} times`);
  const stopped = await project.compose(['stop', 'server']);
  report.add(`${COPIES} copies stop`, seconds(stopped.durationMs));
  const { answer } = await project.compose(['ps', '--all', '--format', '{{.ExitCode}}', 'server']);
  demand(/^(0\n?){3}$/.test(answer), `the copies ended with ${answer}`);
}
