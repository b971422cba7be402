// How `npm test` runs: pure tests beside the code, and whole-server tests in test/ with their own PostgreSQL.
import { defineConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';

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

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', plainTotals],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/house/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'server',
          include: ['test/**/*.test.ts'],
          exclude: ['test/house/**'],
          globalSetup: './test/support/global-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
