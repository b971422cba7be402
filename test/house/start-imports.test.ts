// What a start of the server and of a command loads, whatever is asked of it: each package costs it time and memory.
import { describe, expect, it } from 'vitest';

import { captures, read } from './files.ts';

describe('a start of the server', () => {
  it('loads no package that only some requests, settings or commands need', () => {
    const { packages } = loadedBy('src/server/serve.ts');

    expect(packages).toEqual([
      '@fastify/cookie',
      '@fastify/multipart',
      '@fastify/rate-limit',
      '@fastify/websocket',
      '@mikro-orm/core',
      '@mikro-orm/migrations',
      '@mikro-orm/postgresql',
      'fastify',
      'lru-cache',
      'pino',
      'typebox',
    ]);
  });

  it('does not make Node load its HTTP and WebSocket clients, which importing node:http by its names does', () => {
    const { builtIn } = loadedBy('src/server/serve.ts');

    expect(builtIn).toContain('node:net');
    expect(builtIn).not.toContain('node:http');
  });

  it('loads nothing of the migrator but what a start runs', () => {
    const { files } = loadedBy('src/server/serve.ts');
    const folders = files.flatMap((file) => /^src\/migrator\/(\w+)\//.exec(file)?.[1] ?? []);

    expect([...new Set(folders)].sort()).toEqual(['run', 'upkeep']);
  });
});

describe('the list of commands', () => {
  it('loads no package, and nothing of what its commands work with', () => {
    const { files, packages } = loadedBy('src/server/operator-commands.ts');

    expect(packages).toEqual([]);
    expect(
      files.filter((file) => !/^src\/(commands|core\/shared|process|migrator\/commands)\//.test(file)),
    ).toEqual(['src/server/operator-commands.ts', 'src/migrator/failure.ts', 'src/migrator/commands.ts']);
  });
});

interface Loaded {
  readonly files: readonly string[];
  readonly packages: readonly string[];
  readonly builtIn: readonly string[];
}

/** A statement that imports or passes on more than types. */
const IMPORT = /^(?:import|export) (?!type\b)(?:[^;']*? from )?'([^']+)';/gm;

/** Returns what Node loads before the first line of this file runs: what it imports, and what that imports; types are no imports. */
function loadedBy(path: string): Loaded {
  const files = new Set<string>();
  const others = new Set<string>();
  const follow = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const name of captures(read(file), IMPORT)) {
      if (name.startsWith('.')) follow(new URL(name, `file:///${file}`).pathname.slice(1));
      else others.add(name);
    }
  };
  follow(path);
  const names = [...others];
  const packages = names.filter((name) => !name.startsWith('node:')).map(packageOf);
  return {
    files: [...files],
    packages: [...new Set(packages)].sort(),
    builtIn: names.filter((name) => name.startsWith('node:')),
  };
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
