// How `npm test` runs: pure tests beside the code, and whole-server tests in test/ with their own PostgreSQL.
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { Reporter, TestSpecification } from 'vitest/node';
import { COMPILE_CACHE } from './test/support/compile-cache.ts';
import { ONE_DISCOVERY, QUICK_PASSWORD_HASHES } from './test/support/node-environment.ts';
import { PACKAGES_PRELOAD } from './test/support/large-files.ts';

// One plain last line for machines that count; the summary above it is for people.
const plainTotals: Reporter = {
  onTestRunEnd(modules) {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    );
    const passed = states.filter((state) => state === 'passed').length;
    const brokenModules = modules.filter((module) => module.errors().length > 0).length;
    const failed = states.filter((state) => state === 'failed').length + brokenModules;
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  },
};

const isServer = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/server/');

/** What starts whole servers takes longest: it runs first, so that the workers end together. */
class ServersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isServer), ...sorted.filter((file) => !isServer(file))];
  }
}

/** Limits end what hangs; a machine that is busy with something else must not reach them. */
const patient = { testTimeout: 600_000, hookTimeout: 600_000, expect: { poll: { timeout: 180_000 } } };

/**
 * Node loads the code in tests as it does in production. vitest's own loader would transform each file and send it to each worker,
 * which costs half as much again as pure tests that are quick.
 */
const asNodeRunsIt = {
  experimental: { viteModuleRunner: false, nodeLoader: false },
  env: { NODE_COMPILE_CACHE: COMPILE_CACHE },
};

/** Room for what tests make and forget: with Node's own measure a sixth of the time of pure tests is collecting it. */
const YOUNG_OBJECTS = ['--max-semi-space-size=64', '--min-semi-space-size=32'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Three times as many as a small machine has processors: what starts servers first of all waits for them, for markets and for
    // time-outs. With four, two processors were idle half of that time; each worker costs 2.5 s for what it loads.
    maxWorkers: 6,
    sequence: { sequencer: ServersFirst },
    // Only what vitest prints depends on it: a worker of a busy machine takes longer to end than the usual 10 s.
    teardownTimeout: 120_000,
    reporters: ['default', plainTotals],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/{house,brokers}/**/*.test.ts'],
          // A new process for each file costs more than the tests in it, and pure code keeps nothing.
          isolate: false,
          ...asNodeRunsIt,
          execArgv: YOUNG_OBJECTS,
          ...patient,
        },
      },
      {
        test: {
          name: 'server',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{house,brokers}/**'],
          globalSetup: './test/support/global-setup.ts',
          // What a file imports is most of the server: read once by each worker and not by each file.
          isolate: false,
          restoreMocks: true,
          ...asNodeRunsIt,
          execArgv: [
            ...YOUNG_OBJECTS,
            `--import=${PACKAGES_PRELOAD}`,
            `--import=${QUICK_PASSWORD_HASHES}`,
            `--import=${ONE_DISCOVERY}`,
          ],
          ...patient,
        },
      },
    ],
  },
});
