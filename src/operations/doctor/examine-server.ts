/** Examines a server: every check in order; one that cannot be made is a finding too. Writes nothing. */

import { statfs } from 'node:fs/promises';
import type { SecretsOfKey } from '../../trading/accounts/sealed-secrets-store.ts';
import type { Finding } from './finding.ts';
import type { ServerFactsStore } from './server-facts-store.ts';

/** What is examined, apart from the schema. */
export interface Examination {
  readonly facts: ServerFactsStore;
  /** The keys that stored secrets need. */
  readonly secrets: () => Promise<readonly SecretsOfKey[]>;
  readonly keys: { has(keyId: string): boolean; readonly currentId: string };
  /** The mail server; undefined where the settings name none. */
  readonly mail: { verify(): Promise<void> } | undefined;
  /** Folders on this machine that the server or its database writes to. */
  readonly folders: readonly string[];
  readonly version: string;
  /** The time of this machine (UTC ms). */
  readonly clock: () => number;
}

type Said = Omit<Finding, 'check'>;
type Check = (examination: Examination) => Promise<readonly Said[]>;

/** A server uses up to 17 connections, and its commands a few. */
const WANTED_CONNECTIONS = 25;
/** Orders that expire and sessions depend on the clock; codes of second factors have half a minute. */
const CLOCK_WARNING_MS = 2_000;
const CLOCK_FAILURE_MS = 30_000;
const GIGABYTE = 1e9;
const LITTLE_SPACE = 5 * GIGABYTE;
const NO_SPACE = 0.5 * GIGABYTE;
const MOST_LISTED = 5;

const ok = (said: string): Said => ({ verdict: 'ok', said });
const warn = (said: string): Said => ({ verdict: 'warn', said });
const fail = (said: string): Said => ({ verdict: 'fail', said });

const CHECKS: Readonly<Record<string, Check>> = {
  database: async ({ facts }) => {
    const { version, bytes, unsafeSettings, freeConnections } = await facts.database();
    const unsafe = unsafeSettings.map((name) =>
      fail(`${name} is off: a crash of the machine loses orders that were recorded. Set it to on`),
    );
    const few =
      freeConnections >= WANTED_CONNECTIONS
        ? []
        : [
            warn(
              `${freeConnections} connections are free, and a server uses up to 17 and one for each backtest. Raise max_connections`,
            ),
          ];
    return unsafe.length + few.length > 0
      ? [...unsafe, ...few]
      : [ok(`PostgreSQL ${version}, ${(bytes / GIGABYTE).toFixed(2)} GB`)];
  },
  role: async ({ facts }) => {
    const { role, ownsTables } = await facts.database();
    return ownsTables
      ? [warn(`"${role}" serves and may change the schema. Make another: manage serving-role`)]
      : [ok(`"${role}" reads and writes rows only`)];
  },
  clock: async ({ facts, clock }) => {
    const before = clock();
    const { now } = await facts.database();
    // The database looked at its clock between the two.
    const aheadMs = before > now ? before - now : Math.min(0, clock() - now);
    const said = `this machine is ${(Math.abs(aheadMs) / 1_000).toFixed(1)} s ${aheadMs < 0 ? 'behind' : 'ahead of'} the database. Let both follow a time server (chrony, systemd-timesyncd)`;
    if (Math.abs(aheadMs) >= CLOCK_FAILURE_MS) return [fail(said)];
    return Math.abs(aheadMs) >= CLOCK_WARNING_MS ? [warn(said)] : [ok('as the database has it')];
  },
  keys: async ({ secrets, keys }) => {
    const stored = await secrets();
    const lacking = stored.filter(({ keyId }) => !keys.has(keyId));
    if (lacking.length > 0)
      return lacking.map(({ keyId, tokens, secondFactors, channels }) =>
        fail(
          `ENCRYPTION_KEYS lacks "${keyId}", which ${tokens} tokens, ${secondFactors} second factors and ${channels} channels need. Put it back`,
        ),
      );
    const older = stored.filter(({ keyId }) => keyId !== keys.currentId).map(({ keyId }) => `"${keyId}"`);
    return older.length > 0
      ? [warn(`${older.join(', ')} is still needed beside the first key. Run manage rotate-keys`)]
      : [ok(stored.length === 0 ? 'no secret is stored' : 'every stored secret has the first key')];
  },
  mail: async ({ mail }) => {
    if (!mail) return [ok('off: SMTP_URL is not set')];
    try {
      await mail.verify();
      return [ok('the mail server lets us in')];
    } catch (error) {
      return [fail(`the mail server does not let us in: ${textOf(error)}. Correct SMTP_URL, or start it`)];
    }
  },
  disk: async ({ folders }) => {
    const found = await Promise.all(folders.map(spaceOf));
    return found.length === 0 ? [ok('nothing is written to this machine')] : found;
  },
  accounts: async ({ facts }) => {
    const faulty = await facts.faultyAccounts();
    const shown = faulty.slice(0, MOST_LISTED).map(({ id, reason }) => warn(`${id} cannot run: ${reason}`));
    const more = faulty.length - shown.length;
    if (more > 0) shown.push(warn(`${more} more cannot run. See manage accounts list`));
    return shown.length > 0 ? shown : [ok('none is in error')];
  },
  copies: async ({ facts, version }) => {
    const versions = await facts.runningVersions();
    if (versions.length === 0) return [warn('no copy of the server runs. Start it')];
    const others = [...new Set(versions)].filter((other) => other !== version);
    return others.length > 0
      ? [warn(`copies of ${others.join(', ')} run beside this version, ${version}. Upgrade them`)]
      : [ok(versions.length === 1 ? 'one runs' : `${versions.length} run`)];
  },
};

/** Returns what each check found, in order. */
export async function examineServer(examination: Examination): Promise<Finding[]> {
  const all: Finding[] = [];
  for (const [check, run] of Object.entries(CHECKS)) {
    const found = await run(examination).catch((error: unknown) => [
      fail(`could not be examined: ${textOf(error)}`),
    ]);
    all.push(...found.map((said) => ({ check, ...said })));
  }
  return all;
}

async function spaceOf(folder: string): Promise<Said> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const said = `${folder} has ${(free / GIGABYTE).toFixed(1)} GB left`;
  const remedy = 'Make room: a full disk stops PostgreSQL, and all trading';
  if (free < NO_SPACE) return fail(`${said}. ${remedy}`);
  return free < LITTLE_SPACE ? warn(`${said}. ${remedy}`) : ok(said);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
