import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../commands/command.ts';
import { simulatorCommand } from './simulator-command.ts';

const ACCOUNT = '101-004-1435156-001';

async function refused(options: readonly string[]) {
  let [stdout, stderr] = ['', ''];
  const io = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const noDatabase = () => Promise.reject(new Error('the simulator needs no database'));
  const code = await runCommand(io, () => simulatorCommand.run(options, io, noDatabase));
  return { code, stdout, stderr };
}

describe('manage simulator refuses', () => {
  it.each([
    ['a port that is none', ['--port', '70000'], '--port'],
    ['a feed that is none', ['--feed', 'oanda'], '--feed'],
    ['a recording that is not there', ['--feed', 'replay:EUR_USD-none.csv'], 'EUR_USD-none.csv'],
    ['a recording of no instrument', ['--feed', 'replay:none.csv'], 'instrument'],
    ['a speed that is none', ['--speed', 'fast'], '--speed'],
    ['lock-step', ['--feed', 'replay:EUR_USD-none.csv?speed=max'], '--speed'],
    ['an account id of another shape', ['--account', '12'], '--account'],
    ['an account given twice', ['--account', ACCOUNT, '--account', ACCOUNT], '--account'],
    ['a currency that no account has', ['--currency', 'XYZ'], '--currency'],
    ['a balance of nothing', ['--balance', '0'], '--balance'],
    ['a margin rate above 1', ['--margin-rate', '20'], '--margin-rate'],
    ['a depth that is none', ['--depth', 'deep'], '--depth'],
    [
      'a depth of an instrument that is none',
      ['--depth', '{"EUR_XXX": [{"units": 1, "pipsWorse": "0"}]}'],
      'EUR_XXX',
    ],
    [
      'a depth that comes nearer',
      ['--depth', '{"EUR_USD": [{"units": 1, "pipsWorse": "1"}, {"units": 1, "pipsWorse": "0"}]}'],
      'EUR_USD',
    ],
    ['an option that is none', ['--database', 'x'], '--database'],
  ])('%s in one line, with exit code 2', async (_what, options, named) => {
    const { code, stdout, stderr } = await refused(options);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toContain(named);
  });

  it('a port that is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = String(typeof address === 'object' && address ? address.port : 0);

    const { code, stderr } = await refused(['--port', port]);
    taken.close();

    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `Port ${port} is in use; choose another one with --port.\n`,
    });
  });
});
