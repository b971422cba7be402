/** A short run of the drill: the server is killed while it trades at a broker whose requests and streams have faults. */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { runChaos } from '../drills/chaos/run-chaos.ts';

const OPTIONS = { kills: 3, orders: 30, seed: 4, absences: 0 };

it('has every order once, and all as the broker has it, after kills in the middle of faults', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'chaos-'));
  const database = await createTestDatabase();
  const said: string[] = [];

  const differences = await runChaos({
    options: OPTIONS,
    databaseUrl: database.url,
    dataDirectory: folder.path,
    say: (text) => void said.push(text),
  });

  expect(differences, said.join('\n')).toEqual([]);
  expect(said.join('\n')).toContain(`${OPTIONS.kills} kills of the server`);
  await database.drop();
});
