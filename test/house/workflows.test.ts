// The GitHub workflows name only scripts, files, jobs, services and secrets that exist.
import { globSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { absolute, captures, compose, missing, packageJson, read, workflow } from './files.ts';

const paths = globSync('.github/workflows/*.y*ml', { cwd: absolute('.') });

it('finds the workflows', () => {
  expect(paths.toSorted()).toEqual(['.github/workflows/build-and-deploy.yml', '.github/workflows/ci.yaml']);
});

describe.each(paths)('%s', (path) => {
  const text = read(path);
  const { jobs, permissions } = workflow(path);
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);
  const commands = steps.flatMap((step) => step.run ?? []).join('\n');

  it('may only read unless a job says more', () => {
    expect(permissions).toEqual({ contents: 'read' });
  });

  it('has jobs that end, and that need only jobs and workflows that exist', () => {
    const everyJob = Object.values(jobs);
    const endless = everyJob.filter((job) => job.uses === undefined && job['timeout-minutes'] === undefined);

    expect(endless).toEqual([]);
    expect(missing(everyJob.flatMap((job) => job.uses ?? []))).toEqual([]);
    expect(everyJob.flatMap((job) => job.needs ?? []).filter((name) => jobs[name] === undefined)).toEqual([]);
  });

  it('names the version of every action', () => {
    const actions = steps.flatMap((step) => step.uses ?? []);

    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@v\d+$/.test(action))).toEqual([]);
  });

  it('runs npm scripts that exist', () => {
    const scripts = [...captures(commands, /npm run (\S+)/g), ...captures(commands, /npm (test|start)\b/g)];

    expect(scripts.filter((script) => packageJson.scripts[script] === undefined)).toEqual([]);
  });

  it('names files and compose services that exist', () => {
    const { services } = compose('docker-compose.prod.yaml');
    const files = captures(commands, /(?:^|\s)([\w.-]+\.(?:ya?ml|ts|json))(?=\s)/gm);
    const started = captures(commands, /docker compose run (?:--?\S+ (?:\w+=\S+ )?)*(\w+)/g);

    expect(missing(files)).toEqual([]);
    expect(started.filter((name) => services[name] === undefined)).toEqual([]);
  });

  it('says in its first lines which secrets and variables to set, and no others', () => {
    const header = text.slice(0, text.indexOf('\nname:'));
    const used = captures(text, /\$\{\{ (?:secrets|vars)\.(\w+) \}\}/g).filter(
      (name) => name !== 'GITHUB_TOKEN',
    );

    expect(new Set(captures(header, /\b([A-Z]+_[A-Z_]+)\b/g))).toEqual(new Set(used));
  });
});

describe('deploying', () => {
  const { on, jobs } = workflow('.github/workflows/build-and-deploy.yml');
  const commands = (jobs['deploy']?.steps ?? []).flatMap((step) => step.run ?? []).join('\n');

  it('happens on main and on tags, after the tests, after approval, one at a time', () => {
    expect(on['push']).toEqual({ branches: ['main'], tags: ['v*'] });
    expect([jobs['deploy']?.needs, jobs['image']?.needs]).toEqual(['image', 'verify']);
    expect(jobs['deploy']?.environment).toBe('production');
    expect(jobs['deploy']?.concurrency?.group).toBe('deploy-production');
  });

  it('backs up, migrates, starts and verifies, in this order, and never takes the database down', () => {
    const order = ['pull', 'run --rm backup', 'MIGRATIONS=only', 'up --detach --wait', '/readyz'];

    expect(order.map((each) => commands.indexOf(each)).filter((at) => at < 0)).toEqual([]);
    expect(order.toSorted((a, b) => commands.indexOf(a) - commands.indexOf(b))).toEqual(order);
    expect(commands).not.toMatch(/compose[^\n]* down/);
  });
});
