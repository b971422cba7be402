// The GitHub workflows name only scripts, commands, options, files, jobs, services and secrets that exist.
import { globSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { findDatabaseCommand } from '../../src/migrator/commands.ts';
import { SETTINGS } from '../../src/server/settings.ts';
import { SCHEMA_TESTS, TESTED_VERSIONS } from '../postgres/versions.ts';
import { absolute, captures, compose, missing, packageJson, read, workflow } from './files.ts';

const paths = globSync('.github/workflows/*.y*ml', { cwd: absolute('.') });

it('finds the workflows', () => {
  expect(paths.toSorted()).toEqual([
    '.github/workflows/build-and-deploy.yml',
    '.github/workflows/ci.yaml',
    '.github/workflows/contract.yaml',
    '.github/workflows/migration-review.yaml',
    '.github/workflows/release.yaml',
    '.github/workflows/restore-drill.yaml',
  ]);
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

  it('names the commit of every action, with its version for people, and the version of every service', () => {
    const actions = captures(text, /^ +(?:- )?uses: (.+)$/gm).filter((action) => !action.startsWith('./'));
    const images = Object.values(jobs).flatMap((job) =>
      Object.values(job.services ?? {}).map(({ image }) => image),
    );

    expect(
      actions.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
    ).toEqual([]);
    expect(images.filter((image) => !/:(\d+|\$\{\{ matrix\.\w+ \}\})$/.test(image))).toEqual([]);
  });

  it('touches no database but by name: what runs beside the server starts and makes nothing else', () => {
    const lines = captures(commands, /docker compose ((?:run|up|pull)\b[^\n"]*)/g);

    for (const line of lines) {
      if (line.startsWith('pull')) expect(line).toMatch(/^pull server\b/);
      else if (line.includes('postgres')) expect(line).toContain('--no-recreate');
      else expect(line).toContain('--no-deps');
      if (line.startsWith('up')) expect(line).toMatch(/ (?:server|postgres)$/);
    }
  });

  it('runs npm scripts that exist', () => {
    const scripts = [
      ...captures(commands, /npm run (?:--silent )?(\S+)/g),
      ...captures(commands, /npm (test|start)\b/g),
    ];

    expect(scripts.filter((script) => packageJson.scripts[script] === undefined)).toEqual([]);
  });

  it('runs commands on the database that exist, with options that they know', async () => {
    const calls = commands.matchAll(
      /(?:manage(?: --)? db|npm run (?:--silent )?db(?: --)?) ([\w-]+)((?: (?:--)?[\w-]+)*)/g,
    );

    for (const [call, name = '', words = ''] of calls) {
      const found = await findDatabaseCommand(['db', name]);
      for (const option of captures(words, /--([\w-]+)/g))
        expect(Object.keys(found?.command.options ?? {}), call).toContain(option);
    }
    expect(commands).not.toMatch(/\bdb:[a-z]/);
  });

  it('names files and compose services that exist', () => {
    const { services } = compose('docker-compose.prod.yaml');
    const written = captures(commands, /(?:> |tee )([\w.-]+\.\w+)/g);
    const files = captures(commands, /(?:^|\s)([\w./-]+\.(?:ya?ml|ts|json|md))(?=\s)/gm).filter(
      (file) => !written.includes(file) && !/^previous\/|^docker-compose\.yaml$/.test(file),
    );
    const started = captures(commands, /docker compose run (?:-\S+ )*([\w-]+)/g);

    expect(missing(files)).toEqual([]);
    expect(started.filter((name) => services[name] === undefined)).toEqual([]);
  });

  it('gives the server only settings that it knows', () => {
    const given = [
      ...captures(commands, /--env=(\w+)=/g),
      ...steps.flatMap((step) => (step.run === 'npm start' ? Object.keys(step.env ?? {}) : [])),
    ];

    expect(given.filter((name) => !(name in SETTINGS.properties))).toEqual([]);
  });

  it('says in its first lines which secrets and variables to set, and no others', () => {
    const header = text.slice(0, text.indexOf('\nname:'));
    const used = captures(text, /\$\{\{ (?:secrets|vars)\.(\w+) \}\}/g).filter(
      (name) => name !== 'GITHUB_TOKEN',
    );

    expect(new Set(captures(header, /\b([A-Z]+_[A-Z_]+)\b/g))).toEqual(new Set(used));
  });
});

describe('checking', () => {
  const { jobs } = workflow('.github/workflows/ci.yaml');
  const commandsOf = (job: string): string =>
    (jobs[job]?.steps ?? []).flatMap((step) => step.run ?? []).join('\n');

  it('tries the migrations on every PostgreSQL that the server accepts, from the oldest to the one of the compose files', () => {
    const { postgres } = compose('docker-compose.prod.yaml').services;
    const oldest = captures(read('src/migrator/run/plan/preflight.ts'), /OLDEST_VERSION = (\d+)/g)[0];
    const newest = captures(postgres?.image ?? '', /:(\d+)\.\d+$/g)[0];
    const matrix = captures(read('.github/workflows/ci.yaml'), /postgres: \[(.*)\]/g)[0]?.split(', ') ?? [];

    expect([matrix[0], matrix.at(-1)]).toEqual([oldest, newest]);
    expect(matrix).toEqual(Object.keys(TESTED_VERSIONS));
    expect(commandsOf('migrations')).toContain('npm run test:postgres -- ${{ matrix.postgres }}');
  });

  it('tests the schema with tests that exist', () => {
    expect(missing([...SCHEMA_TESTS])).toEqual([]);
  });

  it('compares the API with the branch to merge into, and on main with what was there before the push', () => {
    const { if: condition, steps = [] } = jobs['api'] ?? {};
    const compare = steps.at(-1);

    expect(condition).toBe("github.event_name == 'pull_request' || github.ref == 'refs/heads/main'");
    expect(steps[0]?.with).toEqual({ 'fetch-depth': 0 });
    expect(compare?.run).toBe('npm run api -- compare "$BASE"');
    expect(compare?.env?.['BASE']).toBe(
      "${{ github.event_name == 'pull_request' && format('origin/{0}', github.base_ref) || github.event.before }}",
    );
  });

  it('upgrades from the version before, which needs its history', () => {
    expect(jobs['upgrade']?.steps?.[0]?.with).toEqual({ 'fetch-depth': 0 });
    expect(commandsOf('upgrade')).toContain('npm run drill:upgrade');
    expect(commandsOf('upgrade')).toContain('npm run drill:zero-downtime');
  });
});

describe('publishing', () => {
  const { on, jobs } = workflow('.github/workflows/build-and-deploy.yml');
  const { image, publish } = jobs;
  const ordered = (image?.steps ?? []).map(({ uses, run }) => uses ?? run ?? '');
  const at = (text: string): number => ordered.findIndex((step) => step.includes(text));

  it('happens on main, after the tests', () => {
    expect(on['push']).toEqual({ branches: ['main'] });
    expect([image?.needs, publish?.needs, jobs['deploy']?.needs]).toEqual(['verify', 'image', 'publish']);
  });

  it('tries and scans the image it has pushed, by its digest, before the image has a name', () => {
    const build = image?.steps?.find(({ id }) => id === 'build');

    expect(build?.with?.['outputs']).toContain('push-by-digest=true');
    expect(build?.with?.['tags']).toBeUndefined();
    expect(build?.with).toMatchObject({ sbom: true, provenance: 'mode=max' });
    expect(at('drill:image -- --required --image')).toBeGreaterThan(at('docker/build-push-action'));
    expect(at('anchore/scan-action')).toBeGreaterThan(at('docker/build-push-action'));
  });

  it('names what was tried, for both architectures, and a version tag names it again without building', () => {
    const naming = (publish?.steps ?? []).flatMap(({ run }) => run ?? []).join('\n');
    const release = read('.github/workflows/release.yaml');

    for (const architecture of ['amd64', 'arm64']) {
      expect(read('.github/workflows/build-and-deploy.yml')).toContain(`- architecture: ${architecture}`);
      expect(naming).toContain(`"$name@$${architecture.toUpperCase()}"`);
    }
    expect(release).toContain('imagetools create');
    expect(release).not.toMatch(/docker build\b|build-push-action/);
  });
});

describe('deploying', () => {
  const { jobs } = workflow('.github/workflows/build-and-deploy.yml');
  const { deploy } = jobs;
  const steps = deploy?.steps ?? [];
  const commands = steps.flatMap((step) => step.run ?? []).join('\n');
  const back = steps.find(({ name }) => name === 'Put the previous version back');

  it('takes the published digest, after approval, one at a time', () => {
    expect(deploy?.env?.['IMAGE']).toBe('${{ needs.publish.outputs.image }}');
    expect(deploy?.environment).toBe('production');
    expect(deploy?.concurrency?.group).toBe('deploy-production');
  });

  it('backs up, migrates, starts and verifies, in this order, and never takes the database down', () => {
    const order = [
      'run --rm --no-deps backup',
      'pull server',
      'MIGRATIONS=only',
      'up --detach --no-deps --wait',
      '/readyz',
      'db status',
      'remove-old-images',
    ];

    expect(order.map((each) => commands.indexOf(each)).filter((at) => at < 0)).toEqual([]);
    expect(order.toSorted((a, b) => commands.indexOf(a) - commands.indexOf(b))).toEqual(order);
    expect(commands).not.toMatch(/compose[^\n]* down/);
  });

  it('removes the container that migrates, however the step ends', () => {
    const migrate = steps.find(({ name }) => name === 'Migrate')?.run ?? '';
    const container = captures(migrate, /--name=(\S+)/g)[0];

    expect(migrate).toContain(`docker rm --force ${container}`);
    expect(migrate).toContain('trap remove EXIT');
    expect(back?.run).toContain(`docker rm --force ${container}`);
  });

  it('puts the previous version back when it was kept, also when it was broken off or a step took too long', () => {
    const limits = steps.map((step) => step['timeout-minutes'] ?? Number.NaN);
    const sum = limits.reduce((total, minutes) => total + minutes, 0);

    expect(back?.if).toBe("(failure() || cancelled()) && steps.keep.outcome == 'success'");
    expect(steps.find(({ id }) => id === 'keep')?.run).toContain('previous');
    // A job that takes too long is ended as a whole: its steps must have failed before.
    expect(sum).toBeLessThan(deploy?.['timeout-minutes'] ?? 0);
  });

  it.each(['contract', 'restore-drill'])('is not done beside %s', (name) => {
    const others = Object.values(workflow(`.github/workflows/${name}.yaml`).jobs).filter(
      ({ environment }) => environment !== undefined,
    );

    expect(others).not.toEqual([]);
    for (const { concurrency } of others) expect(concurrency?.group).toBe('deploy-production');
  });
});

it('leaves it to a bot to propose newer versions of actions, packages and images', () => {
  const kinds = captures(read('.github/dependabot.yml'), /package-ecosystem: (\S+)/g);

  expect(kinds.toSorted()).toEqual(['docker', 'docker-compose', 'github-actions', 'npm']);
});
