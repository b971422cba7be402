// The image and both compose files name only things that exist, and production keeps its promises.
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { parseEnv, promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { readConfig } from '../../src/server/config.ts';
import { SECRET_SETTINGS, SETTINGS } from '../../src/server/settings.ts';
import { absolute, captures, compose, missing, read } from './files.ts';
import type { Service } from './files.ts';

const files = ['docker-compose.yaml', 'docker-compose.prod.yaml'];
/** What the image fixes or has no use for; every other setting is given through the compose file. */
const FIXED = {
  DATA_DIRECTORY: 'the image holds no PostgreSQL',
  BACKUP_DIRECTORY: 'nor pg_dump: the service `backup` writes backups',
  BACKUP_AT: 'as BACKUP_DIRECTORY: the service `backup-schedule` has a setting of this name',
  BACKUP_KEEP: 'as BACKUP_DIRECTORY: the services that back up have a setting of this name',
  HOST: 'the container is reached from outside of it',
  PORT: 'SERVER_PORT is the port that is published',
  NODE_ENV: 'production',
  SIMULATOR_TOKEN: 'the simulator is no part of the server',
};
const namedVolumes = (service: Service): string[] =>
  (service.volumes ?? []).map((mount) => mount.split(':')[0] ?? '').filter((source) => !/^[./]/.test(source));

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');
  const copied = captures(dockerfile, /^COPY (?!--from)(.+)$/gm).flatMap((line) =>
    line.split(' ').slice(0, -1),
  );

  it('copies what exists and what .dockerignore lets in', () => {
    const letIn = captures(read('.dockerignore'), /^!(.+)$/gm);

    expect(copied).not.toEqual([]);
    expect(missing(copied)).toEqual([]);
    expect(copied.filter((source) => !letIn.includes(source))).toEqual([]);
  });

  it('copies only from stages it has', () => {
    const stages = captures(dockerfile, /^FROM (?:--\S+ )?\S+ AS (\S+)$/gm);

    for (const stage of captures(dockerfile, /--from=(\S+)/g)) expect(stages).toContain(stage);
  });

  it('sets only variables that Node, the MikroORM command line or the server reads', () => {
    const environment = (dockerfile.match(/^ENV (?:.*\\\n)*.*$/gm) ?? []).join('\n');
    const known = [
      'NODE_ENV',
      'NODE_COMPILE_CACHE',
      'MIKRO_ORM_CLI_PREFER_TS',
      ...Object.keys(SETTINGS.properties),
    ];

    expect(captures(environment, /(\w+)=/g)).toContain('HOST');
    expect(captures(environment, /(\w+)=/g).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('starts files it copied, in exec form', () => {
    const started = captures(dockerfile, /^ENTRYPOINT (.+)$/gm).flatMap((line) =>
      (JSON.parse(line) as string[]).slice(-1),
    );
    const managed = captures(dockerfile, /exec node --import \S+ \/app\/(\S+)/g);

    expect([...started, ...managed]).toEqual(['src/main.ts', 'src/manage.ts']);
    expect(missing([...started, ...managed])).toEqual([]);
  });

  it('starts, and compiles beforehand, with packages and programs in few files that it has made', () => {
    const [entry = ''] = captures(dockerfile, /^ENTRYPOINT (.+)$/gm);
    const preload = (JSON.parse(entry) as string[]).find((word) => word.endsWith('preload.mjs')) ?? '';
    const ofServer = dockerfile
      .split('\n')
      .filter((line) => /node .*(\bsrc\/(main|manage)\.ts|--input-type)/.test(line));

    expect(preload).toMatch(/^\/app\/programs\//);
    expect(dockerfile).toContain('RUN node build/bundle-packages.ts packages');
    expect(dockerfile).toContain('RUN node build/bundle-sources.ts programs packages');
    expect(captures(dockerfile, /^COPY (--from=bundled .+)$/gm)).toEqual(
      ['packages', 'programs', 'packages', 'programs'].map(
        (folder) => `--from=bundled /bundler/app/${folder} ./${folder}`,
      ),
    );
    expect(ofServer.length).toBeGreaterThan(3);
    expect(ofServer.filter((line) => !line.includes(`--import ${preload} `))).toEqual([]);
  });

  it('is healthy when it is ready, and a start has as long as it may wait for another copy that migrates', () => {
    const healthcheck = dockerfile.match(/^HEALTHCHECK (?:.*\\\n)*.*$/m)?.[0] ?? '';
    const [minutes = '0'] = captures(healthcheck, /--start-period=(\d+)m/g);

    expect(healthcheck).toContain('/readyz');
    expect(Number(minutes) * 60).toBeGreaterThan(readConfig({}).MIGRATION_LOCK_WAIT_SECONDS);
  });

  it('is labelled with its newest migration, which anyone who publishes it states', () => {
    const [argument = ''] = captures(dockerfile, /^LABEL auto-forex\.migrations-head=\$(\w+)/gm);

    expect(dockerfile).toContain(`ARG ${argument}=`);
    const publishing = read('.github/workflows/build-and-deploy.yml');
    const given = captures(publishing, /^ {12}(\w+)=\$\{\{/gm);
    expect(given).toContain(argument);
    expect(given.filter((name) => !dockerfile.includes(`ARG ${name}=`))).toEqual([]);
  });

  it('downloads no syntax, and knows itself where its options come from', () => {
    expect(dockerfile).not.toMatch(/^# *syntax/m);
    expect(dockerfile).toContain('Docker 25');
  });

  it('bakes in compiled code that the server can read and not write, made by the user who reads it', () => {
    const [compiled = '', final = ''] = dockerfile.split(/^FROM /m).slice(-2);
    const place = /NODE_COMPILE_CACHE=(\S+)/;

    expect(place.exec(compiled)?.[1]).toBe(place.exec(final)?.[1]);
    expect(compiled.slice(compiled.indexOf('USER node'))).toContain('chmod -R a+rX compile-cache');
    expect(final).toContain('COPY --from=compiled --chown=root:root /app/compile-cache');
  });

  it('leaves out of packages no text of a licence', async () => {
    const [command = ''] = captures(dockerfile.replaceAll('\\\n', ' '), /(find node_modules .*?) -delete/g);
    const found = await promisify(execFile)('sh', ['-c', `${command} -print`], {
      cwd: absolute('.'),
      maxBuffer: 64 * 1024 * 1024,
    });
    const leftOut = found.stdout.trim().split('\n');

    expect(leftOut.length).toBeGreaterThan(1_000);
    const texts = leftOut.filter((path) => path.endsWith('.md'));
    expect(texts.filter((path) => read(path).includes('Permission is hereby granted'))).toEqual([]);
  });

  it('runs as the user node on the major version the project is pinned to', () => {
    const major = captures(read('package.json'), /"node": "(\d+)\./g)[0];

    expect(captures(dockerfile, /^USER (.+)$/gm).at(-1)).toBe('node');
    expect(new Set(captures(dockerfile, /^FROM (?:--\S+ )?(\S+)/gm))).toEqual(
      new Set([`node:${major ?? ''}-slim`]),
    );
  });
});

describe.each(files)('%s', (path) => {
  const { services, volumes, secrets = {} } = compose(path);
  const everyService = Object.values(services);

  it('makes every service from an image with a tag, or from a build context with a Dockerfile', () => {
    const contexts = everyService.flatMap((service) => service.build ?? []);
    const images = everyService.flatMap((service) => service.image ?? []);

    expect(contexts.length + images.length).toBe(everyService.length);
    expect(missing(contexts.map((context) => `${context}/Dockerfile`))).toEqual([]);
    // PostgreSQL to the minor version: it must not change because a tag was moved.
    expect(images.filter((image) => !/^postgres:\d+\.\d+$|^\$\{IMAGE:\?[^}]*\}$/.test(image))).toEqual([]);
  });

  it('declares exactly the volumes and secrets its services use', () => {
    expect(new Set(everyService.flatMap(namedVolumes))).toEqual(new Set(Object.keys(volumes)));
    expect(new Set(everyService.flatMap((service) => service.secrets ?? []))).toEqual(
      new Set(Object.keys(secrets)),
    );
  });

  it('mounts only folders that exist', () => {
    const mounts = everyService.flatMap((service) => service.volumes ?? []);

    expect(missing(mounts.flatMap((mount) => /^\.\/[^:]+/.exec(mount)?.[0] ?? []))).toEqual([]);
  });

  it('waits only for services that have a health check', () => {
    const awaited = everyService.flatMap((service) => Object.entries(service.depends_on ?? {}));

    expect(awaited).not.toEqual([]);
    for (const [name, { condition }] of awaited) {
      expect(condition).toBe('service_healthy');
      expect(services[name]?.healthcheck?.test.join(' ')).toContain('-h 127.0.0.1');
    }
  });

  it('opens no port to other machines, and the database none at all', () => {
    expect(services['postgres']?.ports).toBeUndefined();
    for (const port of everyService.flatMap((service) => service.ports ?? []))
      expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('gives the server only settings it knows, and from files only those it reads from files', () => {
    const known = [...Object.keys(SETTINGS.properties), ...SECRET_SETTINGS.map((name) => `${name}_FILE`)];
    const given = Object.keys(services['server']?.environment ?? {});

    expect(given).not.toEqual([]);
    expect(given.filter((name) => !known.includes(name))).toEqual([]);
  });
});

it('development and production on one machine share neither containers nor volumes', () => {
  const names = files.flatMap((path) => captures(read(path), /^name: (\S+)$/gm));

  expect(names).toHaveLength(files.length);
  expect(new Set(names).size).toBe(files.length);
});

describe('docker-compose.prod.yaml', () => {
  const { services, secrets = {} } = compose('docker-compose.prod.yaml');
  const permanent = Object.entries(services).filter(([, service]) => service.profiles === undefined);

  it('reads secrets from files that the same service is given, and writes none down', () => {
    const variables = Object.values(services).flatMap((service) =>
      Object.entries(service.environment ?? {}).map(([name, value]) => ({ service, name, value })),
    );
    const fromFiles = variables.filter(({ name }) => name.endsWith('_FILE'));
    const given = fromFiles.filter(({ service, value }) =>
      service.secrets?.includes(value.replace('/run/secrets/', '')),
    );
    const written = variables.filter(({ name }) =>
      /(PASSWORD|SECRET|KEYS?|TOKEN|DATABASE_URL|SMTP_URL)$/.test(name),
    );

    expect(fromFiles).not.toEqual([]);
    expect(fromFiles).toEqual(given);
    expect(written).toEqual([]);
  });

  it('takes every setting from the environment, or secrets from files', () => {
    const text = read('docker-compose.prod.yaml');
    const given = captures(text, /^ {6}(\w+): \$\{\1:[-?]/gm);
    const fromFiles = captures(text, /^ {6}(\w+)_FILE: /gm);

    const settings = [...given, ...fromFiles].filter((name) => name in SETTINGS.properties);
    // The services that back up have settings of the same names as the server.
    expect([...new Set([...settings, ...Object.keys(FIXED)])].toSorted()).toEqual(
      Object.keys(SETTINGS.properties).toSorted(),
    );
  });

  it('passes on everything that production.env.example lists, with the same defaults, and nothing else', () => {
    const passed = read('docker-compose.prod.yaml').matchAll(/\$\{(\w+):([-?])([^${}]*)(?:\}|\$)/g);
    const example = read('production.env.example').replaceAll(/^# ([A-Z_]+=)/gm, '$1');

    const defaults = [...passed].flatMap(([, name = '', sign, value]) =>
      sign === '-' ? [[name, value]] : [],
    );
    const { IMAGE, PUBLIC_URL, ...listed } = parseEnv(example);
    expect(listed).toEqual(Object.fromEntries(defaults));
    expect(readConfig({ PUBLIC_URL }).PUBLIC_URL).toBe(PUBLIC_URL);
    expect(IMAGE).toMatch(/^ghcr\.io\/.+:\d+\.\d+\.\d+$/);
  });

  it('migrates at start, keeps a failed start for a person to fix, and backs up with the programs of its own server', () => {
    const { server, postgres, backup, 'restore-check': restoreCheck } = services;

    expect(server?.environment).toMatchObject({
      MIGRATIONS: 'auto',
      MIGRATIONS_ON_FAILURE: 'hold',
      BACKUP_BEFORE_MIGRATE: 'auto',
    });
    expect([backup?.image, restoreCheck?.image]).toEqual([postgres?.image, postgres?.image]);
    expect([backup?.profiles, restoreCheck?.profiles]).toEqual([['ops'], ['ops']]);
    expect(restoreCheck?.volumes).toEqual(
      backup?.volumes?.map((volume) => `${volume.replace(/:ro$/, '')}:ro`),
    );
  });

  it('schedules the very backup that is made by hand', () => {
    const { backup, 'backup-schedule': schedule } = services;

    expect(read('deploy/backup-schedule.sh')).toContain('bash "$here/backup.sh"');
    expect([schedule?.volumes, schedule?.image]).toEqual([backup?.volumes, backup?.image]);
    expect(schedule?.environment).toMatchObject({ ...backup?.environment, PGAPPNAME: expect.any(String) });
    expect([schedule?.profiles, schedule?.restart]).toEqual([['schedule'], 'unless-stopped']);
    expect(schedule?.healthcheck?.test).toContain('health');
  });

  it('runs only scripts that exist', () => {
    const scripts = Object.values(services).flatMap(({ entrypoint }) => entrypoint?.slice(1) ?? []);

    expect(scripts.length).toBeGreaterThan(3);
    expect(missing(scripts.map((script) => script.slice(1)))).toEqual([]);
  });

  it.each(permanent)(
    '%s has a minute to stop: a migration is rolled back, a checkpoint is written',
    (_name, service) => {
      expect(service.stop_grace_period).toBe('60s');
    },
  );

  it('keeps the files of its secrets out of the repository', () => {
    expect(Object.values(secrets).filter(({ file }) => !file.startsWith('./secrets/'))).toEqual([]);
    expect(read('.gitignore').split('\n')).toContain('secrets/');
  });

  it.each(permanent)(
    '%s restarts, and is limited so that a machine with one processor can start it',
    (_name, service) => {
      expect(service.restart).toBe('unless-stopped');
      expect(service.deploy?.resources.limits).toMatchObject({
        cpus: 0,
        memory: expect.stringMatching(/^\dg$/),
        pids: expect.any(Number),
      });
    },
  );

  it.each(Object.entries(services))(
    '%s can gain no rights, change no program and start no flood of processes',
    (name, service) => {
      const entrypointNeeds = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'];

      expect(service).toMatchObject({
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        read_only: true,
      });
      expect(service.cap_add).toEqual(name === 'postgres' ? entrypointNeeds : undefined);
      expect(service.deploy?.resources.limits['pids']).toBeGreaterThan(0);
    },
  );
});

it('never recreates the database in passing, in the words of docs/operations.md', () => {
  const lines = captures(read('docs/operations.md'), /^docker compose (?!exec|stop|logs)([^#\n]+)/gm);

  expect(lines).not.toEqual([]);
  for (const line of lines) {
    if (line.startsWith('run')) expect(line).toContain('--no-deps');
    if (line.startsWith('pull')) expect(line).toMatch(/^pull (?:server|postgres)\b/);
    if (/^up .*server/.test(line)) expect(line).toContain('--no-deps');
  }
});

it('runs the same PostgreSQL in development and production', () => {
  expect(new Set(files.map((path) => compose(path).services['postgres']?.image)).size).toBe(1);
});

it('leaves no compose file untested', () => {
  expect(globSync('*compose*.y*ml', { cwd: absolute('.') }).toSorted()).toEqual(files.toSorted());
});
