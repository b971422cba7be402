/** `manage doctor`: what is wrong with the server, one line a check, each with its remedy. */

import { StartFailure } from '../../core/shared/start-failure.ts';
import { defineCommand, flag } from '../../commands/define-command.ts';
import { examineServer } from './examine-server.ts';
import type { Command } from '../../commands/command.ts';
import type { Examination } from './examine-server.ts';
import type { Finding } from './finding.ts';

/** What the settings lead to. */
export interface Patient {
  /** Examines the schema; the finding of a database that cannot be reached has the check `connection`. */
  readonly schema: () => Promise<readonly Finding[]>;
  readonly server: () => Promise<Examination>;
  /** Stops what was started. */
  readonly close: () => Promise<void>;
}

const SHOWN = { ok: 'ok', warn: 'warn', fail: 'FAIL' } as const;

/** Returns the command. `open` reads the settings, and throws the StartFailure that names the wrong ones. */
export function doctorCommand(open: () => Patient): Command {
  return defineCommand({
    name: 'doctor',
    about: `
Examines the whole server and prints a line for each check: ok, warn or FAIL, what was found, and what to do. It looks at the settings,
the schema (as db doctor does, backups too), the database and its settings, its role, the clock, keys, the mail server, the disk, accounts in
error and the copies that run. It writes nothing. The exit code is 1 when a check fails.
`,
    options: { json: flag('for machines: {isHealthy, findings: [{check, verdict, said}]}') },
    needs: 'nothing',
    async run({ io, values }) {
      const findings = await findingsOf(open);
      const isHealthy = findings.every(({ verdict }) => verdict !== 'fail');
      io.stdout.write(
        values.json === true
          ? `${JSON.stringify({ isHealthy, findings }, undefined, 2)}\n`
          : textOf(findings),
      );
      return isHealthy ? 0 : 1;
    },
  });
}

async function findingsOf(open: () => Patient): Promise<readonly Finding[]> {
  let opened: Patient;
  try {
    opened = open();
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    // Nothing else can be looked at without them.
    const wrong = error.facts.errors ?? [{ pointer: '', detail: error.message }];
    return wrong.map(({ pointer, detail }) => ({
      check: 'settings',
      verdict: 'fail',
      said: `${pointer} ${detail}`.trim(),
    }));
  }
  try {
    return await examine(opened);
  } finally {
    await opened.close();
  }
}

async function examine(patient: Patient): Promise<readonly Finding[]> {
  const settings: Finding = { check: 'settings', verdict: 'ok', said: '' };
  const schema = await patient.schema();
  const isReached = schema.every(({ check }) => check !== 'connection');
  return [settings, ...schema, ...(isReached ? await examineServer(await patient.server()) : [])];
}

function textOf(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(({ check, verdict, said }) =>
      `${SHOWN[verdict].padEnd(4)}  ${check.padEnd(width)}  ${said}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
