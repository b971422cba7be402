// package.json, its lock file and .ci/run hold together: what they name exists, and installs the same everywhere.
import { accessSync, constants, globSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { absolute, captures, lockedPackages, missing, packageJson, read } from './files.ts';

const { scripts, dependencies, optionalDependencies, devDependencies, allowScripts } = packageJson;
const everyDependency = Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies });
const nameOf = (folder: string): string =>
  folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('scripts', () => {
  const commands = Object.values(scripts).flatMap((script) => script.split(' && '));

  it('name tools that are installed and scripts that exist', () => {
    const tools = commands.map((command) => command.split(' ')[0] ?? '').filter((tool) => tool !== 'npm');
    const named = captures(commands.join('\n'), /npm run (\S+)/g);

    expect(missing(tools.map((tool) => `node_modules/.bin/${tool}`))).toEqual([]);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('name files that exist', () => {
    const files = captures(commands.join('\n'), /(\S+\.(?:ts|mjs|json))\b/g);

    expect(files).toContain('src/main.ts');
    expect(missing(files)).toEqual([]);
  });

  it('check format, lint, types, imports, dead code, migrations and documents under names of their own', () => {
    const parts = captures(scripts['check'] ?? '', /npm run (check:\S+)/g);

    expect(parts).toHaveLength(7);
    expect(parts).toEqual(Object.keys(scripts).filter((name) => name.startsWith('check:')));
  });

  it('leave the MikroORM command line a configuration that exists', () => {
    expect(missing(packageJson['mikro-orm'].configPaths)).toEqual([]);
  });
});

describe('dependencies', () => {
  it('are pinned exactly', () => {
    expect(everyDependency.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('have every MikroORM package at 7.2.1', () => {
    const installed = Object.entries(lockedPackages).filter(([folder]) =>
      /(^|\/)(@mikro-orm\/|mikro-orm$)/.test(nameOf(folder)),
    );

    expect(installed.length).toBeGreaterThan(4);
    expect(installed.filter(([, locked]) => locked.version !== '7.2.1')).toEqual([]);
  });

  it('are locked at the versions package.json names', () => {
    const locked = everyDependency.map(([name]) => [name, lockedPackages[`node_modules/${name}`]?.version]);

    expect(locked).toEqual(everyDependency);
  });

  it('are locked with the binaries of every platform, so that npm ci works on each of them', () => {
    const locked = new Set(Object.keys(lockedPackages).map(nameOf));
    const wanted = Object.values(lockedPackages).flatMap((each) =>
      Object.keys(each.optionalDependencies ?? {}),
    );

    expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
  });

  it('are locked without the address of a registry', () => {
    expect(Object.entries(lockedPackages).filter(([, locked]) => locked.resolved !== undefined)).toEqual([]);
  });

  it('run no install script that allowScripts has not judged, and it judges none that is not there', () => {
    const withScript = Object.entries(lockedPackages).filter(
      ([, locked]) => locked.hasInstallScript === true,
    );
    const names = new Set(withScript.map(([folder]) => nameOf(folder)));

    expect([...names].toSorted()).toEqual(Object.keys(allowScripts).toSorted());
  });
});

describe('.ci/run', () => {
  it('installs, checks and tests, in this order and by the commands a person types', () => {
    const commands = captures(read('.ci/run'), /^(npm .*)$/gm);

    expect(commands).toEqual(['npm ci', 'npm run check', 'npm test']);
  });

  it('may be executed', () => {
    expect(() => accessSync(absolute('.ci/run'), constants.X_OK)).not.toThrow();
  });
});

describe('the pure core', () => {
  it('never asks what time it is', () => {
    const files = globSync('src/core/**/*.ts', { cwd: absolute('.') });
    const askers = files.filter((file) => !file.endsWith('.test.ts') && read(file).includes('new Date()'));

    expect(files.length).toBeGreaterThan(0);
    expect(askers).toEqual([]);
  });
});
