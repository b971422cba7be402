// The image and both compose files name only things that exist, and production keeps its promises.
import { globSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { readConfig, SECRET_SETTINGS, SETTINGS } from '../../src/config.ts';
import { absolute, captures, compose, missing, read } from './files.ts';
import type { Service } from './files.ts';

const files = ['docker-compose.yaml', 'docker-compose.prod.yaml'];
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
    const stages = captures(dockerfile, /^FROM \S+ AS (\S+)$/gm);

    for (const stage of captures(dockerfile, /--from=(\S+)/g)) expect(stages).toContain(stage);
  });

  it('sets only variables that Node, the MikroORM command line or the server reads', () => {
    const environment = dockerfile.match(/^ENV (?:.*\\\n)*.*$/m)?.[0] ?? '';
    const known = ['NODE_ENV', 'MIKRO_ORM_CLI_PREFER_TS', ...Object.keys(SETTINGS.properties)];

    expect(captures(environment, /(\w+)=/g)).toContain('HOST');
    expect(captures(environment, /(\w+)=/g).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('starts files it copied, in exec form', () => {
    const started = captures(dockerfile, /^ENTRYPOINT (.+)$/gm).flatMap((line) =>
      (JSON.parse(line) as string[]).slice(1),
    );
    const managed = captures(dockerfile, /node \/app\/(\S+)/g);

    expect([...started, ...managed]).toEqual(['src/main.ts', 'src/manage.ts']);
    expect(missing([...started, ...managed])).toEqual([]);
  });

  it('is healthy when it is ready, and a start has as long as it may wait for another copy that migrates', () => {
    const healthcheck = dockerfile.match(/^HEALTHCHECK (?:.*\\\n)*.*$/m)?.[0] ?? '';
    const [minutes = '0'] = captures(healthcheck, /--start-period=(\d+)m/g);

    expect(healthcheck).toContain('/readyz');
    expect(Number(minutes) * 60).toBeGreaterThan(readConfig({}).MIGRATION_LOCK_WAIT_SECONDS);
  });

  it('is labelled with its newest migration, which whoever publishes it states', () => {
    const [argument = ''] = captures(dockerfile, /^LABEL auto-forex\.migrations-head=\$(\w+)$/gm);

    expect(dockerfile).toContain(`ARG ${argument}=`);
    expect(read('.github/workflows/build-and-deploy.yml')).toContain(`build-args: ${argument}=`);
  });

  it('runs as the user node on the major version the project is pinned to', () => {
    const major = captures(read('package.json'), /"node": "(\d+)\./g)[0];

    expect(captures(dockerfile, /^USER (.+)$/gm)).toEqual(['node']);
    expect(new Set(captures(dockerfile, /^FROM (\S+)/gm))).toEqual(new Set([`node:${major ?? ''}-slim`]));
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
    expect(images.filter((image) => !/:(\d+|\$\{TAG:\?[^}]*\})$/.test(image))).toEqual([]);
  });

  it('declares exactly the volumes and secrets its services use', () => {
    expect(new Set(everyService.flatMap(namedVolumes))).toEqual(new Set(Object.keys(volumes)));
    expect(new Set(everyService.flatMap((service) => service.secrets ?? []))).toEqual(
      new Set(Object.keys(secrets)),
    );
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

  it('migrates at start, keeps a failed start for a person to mend, and backs up with the programs of its own server', () => {
    const { server, postgres, backup, 'restore-check': restoreCheck } = services;

    expect(server?.environment).toMatchObject({
      MIGRATIONS: 'auto',
      MIGRATIONS_ON_FAILURE: 'hold',
      BACKUP_BEFORE_MIGRATE: 'auto',
    });
    expect([backup?.image, restoreCheck?.image]).toEqual([postgres?.image, postgres?.image]);
    expect([backup?.profiles, restoreCheck?.profiles]).toEqual([['ops'], ['ops']]);
    expect(restoreCheck?.volumes).toEqual(backup?.volumes?.map((volume) => `${volume}:ro`));
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

  it.each(permanent)('%s restarts, and is limited', (_name, service) => {
    expect(service.restart).toBe('unless-stopped');
    expect(Object.keys(service.deploy?.resources.limits ?? {})).toEqual(['cpus', 'memory']);
  });
});

it('leaves no compose file untested', () => {
  expect(globSync('*compose*.y*ml', { cwd: absolute('.') }).toSorted()).toEqual(files.toSorted());
});
