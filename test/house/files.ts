// Reads the project's own files for the tests of this folder; paths are relative to the project's root.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);

export const missing = (paths: readonly string[]): string[] =>
  paths.filter((path) => !existsSync(new URL(path, root)));
export const absolute = (path: string): string => fileURLToPath(new URL(path, root));
export const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

export interface PackageJson {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly 'mikro-orm': { readonly configPaths: readonly string[] };
}
export const packageJson = JSON.parse(read('package.json')) as PackageJson;

interface LockedPackage {
  readonly version: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
// Keyed by folder: `node_modules/a`, `node_modules/a/node_modules/b`; the project itself is ''.
export const lockedPackages = (
  JSON.parse(read('package-lock.json')) as { readonly packages: Readonly<Record<string, LockedPackage>> }
).packages;

export interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly read_only?: boolean;
  readonly deploy?: { readonly resources: { readonly limits: Readonly<Record<string, string | number>> } };
}
export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}
/** A compose file where nothing is set but what has no default: that stays as it is written. */
export const compose = (path: string): Compose => parse(withDefaults(read(path)), { merge: true }) as Compose;

/** Replaces `${NAME:-default}`, from the innermost on. */
function withDefaults(text: string): string {
  const replaced = text.replaceAll(/\$\{\w+:-([^${}]*)\}/g, '$1');
  return replaced === text ? text : withDefaults(replaced);
}

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly 'timeout-minutes'?: number;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
export interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly 'timeout-minutes'?: number;
  readonly environment?: string;
  readonly concurrency?: { readonly group: string };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly services?: Readonly<Record<string, { readonly image: string }>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}
export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
export const workflow = (path: string): Workflow => parse(read(path)) as Workflow;

// Every first capture group of the pattern, in order.
export const captures = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
