/** Another version of the server: a copy of this one's sources with further migrations, as a later release has them. */
import { rmSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { copySources } from './copy-sources.ts';
import { takeNumberedFolder } from './numbered-folder.ts';
import type { writeManifest } from '../../src/migrator/run/state/manifest.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Inside the project, so that packages resolve. */
const MADE = join(import.meta.dirname, '../.made');

export interface Checkout extends AsyncDisposable {
  readonly main: string;
  readonly migrations: string;
  /** Makes these (name without `.ts` to source) the migrations that it has beyond ours; the manifest lists them. */
  setMigrations(sources: Readonly<Record<string, string>>): Promise<void>;
}

/** Copies the sources. One copy serves many tests, in one place again and again: what Node compiled of it is kept by its path. */
export async function makeCheckout(): Promise<Checkout> {
  const path = await takeNumberedFolder(MADE, 'checkout');
  const migrations = join(path, 'src/migrations');
  copySources(ROOT, path);
  return {
    main: join(path, 'src/main.ts'),
    migrations,
    setMigrations: (sources) => setMigrations(migrations, sources),
    [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true }),
  };
}

async function setMigrations(migrations: string, sources: Readonly<Record<string, string>>): Promise<void> {
  await rm(migrations, { recursive: true });
  await cp(join(ROOT, 'src/migrations'), migrations, { recursive: true });
  for (const [name, source] of Object.entries(sources))
    // The source is written for a folder of test/.made; here the guarded base is nearer.
    await writeFile(join(migrations, `${name}.ts`), source.replace('../../../src/', '../'));
  // By its own code: a class of the copy is no migration to us.
  const copy: { readonly writeManifest: typeof writeManifest } = await import(
    pathToFileURL(join(migrations, '../migrator/run/state/manifest.ts')).href
  );
  await copy.writeManifest(migrations);
}
