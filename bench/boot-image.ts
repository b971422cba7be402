/** `boot-image`: what a start costs the processor when packages and programs are in few large files, as in the image, against the sources. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundlePackages } from '../build/bundle-packages.ts';
import { bundleSources } from '../build/bundle-sources.ts';
import { withDatabase } from './bench-database.ts';
import { compareTimes } from './benchmark.ts';
import { bootOnce, keepCompiledCode, medianOf } from './boot-once.ts';
import type { Benchmark } from './benchmark.ts';
import type { Boot, Loading } from './boot-once.ts';

/** Packages that stay outside of the large files are found from there. */
const PLACE = join(import.meta.dirname, '../node_modules/.cache/bench-image-');

export const BOOT_IMAGE: Benchmark = {
  name: 'boot-image',
  unit: 'ms of processor',
  baseline: 'from the sources',
  target: { atMost: 0.75 },
  measure: () =>
    withLargeFiles((image) =>
      withDatabase(async (databaseUrl) => {
        await keepCompiledCode(databaseUrl);
        await keepCompiledCode(databaseUrl, image);
        const [boots, others]: [Boot[], Boot[]] = [[], []];
        await compareTimes(
          async () => void boots.push(await bootOnce(databaseUrl, image)),
          async () => void others.push(await bootOnce(databaseUrl)),
        );
        const [live, ready] = [medianOf(boots, 'liveMs'), medianOf(boots, 'readyMs')];
        return {
          value: medianOf(boots, 'processorMs'),
          baselineValue: medianOf(others, 'processorMs'),
          notes: [`to /livez ${live.toFixed(0)} ms, to /readyz ${ready.toFixed(0)} ms`],
        };
      }),
    ),
};

/** Builds them as the image's build does, and throws them away. */
async function withLargeFiles<T>(use: (loading: Loading) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(PLACE);
  try {
    await bundlePackages(join(folder, 'packages'));
    await bundleSources(join(folder, 'programs'), join(folder, 'packages'));
    const preload = join(folder, 'programs/preload.mjs');
    return await use({ preload, compileCache: join(folder, 'compiled') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
