/** `npm run demo` as a person starts it: it shows trades, says where the server is, and ends when it is asked to. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { NODE_ENVIRONMENT, NODE_WORDS } from '../support/node-environment.ts';
import type { Ended } from '../support/processes.ts';

const DEMO = join(import.meta.dirname, '../../src/demo.ts');

/** Runs the demo, stops it once it says that it continues trading, and returns what it said. */
async function runDemo(
  options: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Ended> {
  const demo = spawn(process.execPath, [...NODE_WORDS, DEMO, ...options], {
    env: { PATH: process.env['PATH'], ...NODE_ENVIRONMENT, PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  demo.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  demo.stdout.setEncoding('utf8').on('data', (text: string) => {
    const wasRunning = stdout.includes('Ctrl-C');
    stdout += text;
    // Once: a second signal ends it at once.
    if (!wasRunning && stdout.includes('Ctrl-C')) demo.kill('SIGINT');
  });
  return new Promise((resolve, reject) => {
    demo.once('error', reject);
    demo.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

it('refuses an option that it does not have, in one line', async () => {
  const ended = await runDemo(['--live'], {});

  expect(ended).toEqual({ code: 2, stdout: '', stderr: 'The demo has one option, --oanda; was --live.\n' });
});

it.concurrent('trades at a simulator of OANDA, finds an order whose answer is lost, and agrees with the books there', async () => {
  const database = await createTestDatabase();
  try {
    const { code, stdout, stderr } = await runDemo(['--oanda'], { DATABASE_URL: database.url });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      'A practice account with 100000.0000 USD at a simulator of OANDA, http://127.0.0.1:',
    );
    expect(stdout).toMatch(/ trade {2}(long|short) 20000 (EUR_USD|USD_JPY)/);
    expect(stdout).toMatch(/found it in the broker's log, where it is once, as transaction \d+\./);
    expect(stdout).toMatch(/The broker's own books say the same: \d+\.\d{4} USD/);
  } finally {
    await database.drop();
  }
});

it.concurrent('trades on the paper market and runs a backtest', async () => {
  const database = await createTestDatabase();
  try {
    const { code, stdout, stderr } = await runDemo([], { DATABASE_URL: database.url });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('A paper account with 100000.0000 USD.');
    expect(stdout).toMatch(/ trade {2}(long|short) 20000 /);
    expect(stdout).toMatch(/Backtest of ema_cross on the 30 days before:\n {2}\d+ trades/);
  } finally {
    await database.drop();
  }
});
