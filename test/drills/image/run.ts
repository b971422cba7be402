/**
 * `npm run drill:image [-- [--image REF] [--network host] [--required]]`: the image and both compose files on a real Docker
 * engine: copies that start together, then a deployment through its life. Everything it makes has a name of its own and is
 * removed at the end. Without an engine there is nothing to do, unless it is required.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inDrillFolder } from '../drill-folder.ts';
import { interrupted, runDrill, say, seconds } from '../say.ts';
import { startCopies } from './copies.ts';
import { demand } from './demand.ts';
import { Deployment } from './deployment.ts';
import { docker, missingEngine, mustDocker } from './docker.ts';
import { makeImages, removeImages } from './images.ts';
import { live } from './life.ts';
import { Report } from './report.ts';

const CONFIGURATION_INVALID = 78;
const BYTES_PER_MB = 1e6;
/** The end of the server's log, where something went wrong. */
const LOGS_SHOWN = 10_000;

const { values } = parseArgs({
  options: { image: { type: 'string' }, network: { type: 'string' }, required: { type: 'boolean' } },
});

async function image(): Promise<boolean> {
  const missing = await missingEngine();
  if (missing !== undefined) {
    say(`SKIPPED: ${missing}. docs/operations.md says which versions serve.`);
    return values.required !== true;
  }
  return inDrillFolder('image', (folder) => Promise.race([drill(folder), interrupted()]));
}

async function drill(folder: string): Promise<boolean> {
  const startedAt = performance.now();
  const run = `drill-${randomBytes(4).toString('hex')}`;
  const report = new Report();
  try {
    say('images');
    const images = await makeImages(folder, run, values);
    const size = await mustDocker(['image', 'inspect', '--format', '{{.Size}}', images.first]);
    report.add('image', `${(Number(size.answer) / BYTES_PER_MB).toFixed(0)} MB`);
    await withoutDatabase(images.first);
    say('copies');
    await startCopies(folder, `${run}-copies`, images.first, report);
    const place = join(folder, 'deployment');
    await mkdir(place);
    await using deployment = await Deployment.make(run, place);
    await live(deployment, images, report).catch(async (error: unknown) => {
      const logs = await deployment.logs('server').catch(() => 'there are no logs');
      say(logs.slice(-LOGS_SHOWN));
      throw error;
    });
  } finally {
    await removeImages(run);
  }
  say(`\n${report.toText()}\n\nThe image lives through it, in ${seconds(performance.now() - startedAt)}.`);
  return true;
}

/** The image started alone says what it needs, by the exit code too. */
async function withoutDatabase(name: string): Promise<void> {
  const { code, text } = await docker(['run', '--rm', '--read-only', name]);
  demand(code === CONFIGURATION_INVALID && text.includes('Set DATABASE_URL'), `ended with ${code}: ${text}`);
}

await runDrill(image);
