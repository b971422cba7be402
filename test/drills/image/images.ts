/** The versions of the image that the drill deploys: this checkout's or a given one, and two that bring a migration each. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { say, seconds } from '../say.ts';
import { docker, mustDocker } from './docker.ts';

const ROOT = join(import.meta.dirname, '../../..');
const REPOSITORY = 'auto-forex-drill';

/** A migration's name and the table that it makes. */
export interface AddedMigration {
  readonly name: string;
  readonly table: string;
}

export const SECOND: AddedMigration = { name: 'Migration20990101000001_drill_second', table: 'drill_second' };
export const THIRD: AddedMigration = { name: 'Migration20990101000002_drill_third', table: 'drill_third' };

/** The images, in the order in which they are deployed. */
export interface Images {
  readonly first: string;
  readonly second: string;
  readonly third: string;
}

/** Makes the images under names of this run; a given image is taken as the first. */
export async function makeImages(
  folder: string,
  run: string,
  {
    image,
    network = 'default',
  }: { readonly image?: string | undefined; readonly network?: string | undefined },
): Promise<Images> {
  const first = image ?? `${REPOSITORY}:${run}-1`;
  const builds = `--network=${network}`;
  if (image === undefined) {
    const { durationMs } = await mustDocker(['build', builds, '--tag', first, ROOT]);
    say(`  built the image in ${seconds(durationMs)}`);
  } else if ((await docker(['image', 'inspect', first])).code !== 0)
    await mustDocker(['pull', '--quiet', first]);
  const second = `${REPOSITORY}:${run}-2`;
  await addMigration(join(folder, 'second'), first, second, SECOND);
  const third = `${REPOSITORY}:${run}-3`;
  await addMigration(join(folder, 'third'), second, third, THIRD);
  return { first, second, third };
}

/** Removes what this run has made. */
export async function removeImages(run: string): Promise<void> {
  const { answer } = await mustDocker(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', REPOSITORY]);
  const made = answer.split('\n').filter((name) => name.startsWith(`${REPOSITORY}:${run}-`));
  if (made.length > 0) await mustDocker(['image', 'rm', '--force', ...made]);
}

async function addMigration(folder: string, from: string, to: string, added: AddedMigration): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${added.name}.ts`), migrationText(added));
  await writeFile(join(folder, 'Dockerfile'), dockerfileOf(from));
  await mustDocker(['build', '--tag', to, folder]);
}

function dockerfileOf(from: string): string {
  const program = `import { writeManifest } from './src/migrator/run/state/manifest.ts'; await writeManifest('src/migrations');`;
  return [
    `FROM ${from}`,
    'USER root',
    'COPY *.ts src/migrations/',
    `RUN node --input-type=module --eval "${program}"`,
    'USER node',
    '',
  ].join('\n');
}

function migrationText({ name, table }: AddedMigration): string {
  return `import { Migration } from '../migrator/recipes.ts';

export class ${name} extends Migration {
  override name = '${name}';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(\`create table "${table}" ("id" int not null, primary key ("id"));\`);
  }

  override down(): void {
    this.addSql(\`drop table "${table}";\`);
  }
}
`;
}
