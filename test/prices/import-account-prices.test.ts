/** `manage import-prices --account`: candles of a broker's history, imported by the operator. */
import { randomUUIDv7 } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { Problem } from '../../src/core/shared/problem.ts';
import { importPricesCommand } from '../../src/prices/import/import-prices-command.ts';
import { AccountHistories } from '../../src/trading/accounts/account-histories.ts';
import { BrokerTokens } from '../../src/trading/accounts/broker-tokens.ts';
import { at, connectWithHistory } from '../support/broker-history.ts';
import { useServer } from '../support/test-server.ts';
import type { ScriptedAccount } from '../support/scripted-brokers.ts';
import type { askerFor } from '../support/trading-client.ts';

const context = useServer({ importPace: { candlesAPage: 3, betweenPagesMs: 0 } });

let brokers = 0x2000;
let ask: ReturnType<typeof askerFor>;
let atBroker: ScriptedAccount;
let accountId: string;

beforeEach(async () => {
  ({ ask, atBroker, accountId } = await connectWithHistory(context.server, (brokers += 1)));
});

const series = async (id: string) => (await ask('GET', `/price-series/${id}`)).json();

describe('manage import-prices --account', () => {
  async function call(argv: readonly string[]) {
    const { server } = context;
    const written = { out: '', err: '' };
    const io = {
      stdout: { write: (text: string) => (written.out += text) },
      stderr: { write: (text: string) => (written.err += text), isTTY: false },
    };
    const tokensOf = new BrokerTokens({ store: server.stores.connections, keys: server.keys });
    const command = importPricesCommand(
      () => new AccountHistories({ ...server.stores, openOnce: server.brokers.openOnce, tokens: tokensOf }),
    );
    const open = async () => ({ url: server.databaseUrl, close: async () => undefined });
    const code = await runCommand(io, () => command.run(argv, io, open));
    return { code, ...written };
  }
  const OPTIONS = ['--instrument', 'EUR_USD', '--granularity', 'M1', '--from', at(0), '--to', at(60)];

  it.each<[string, () => readonly string[], RegExp]>([
    ['an account that is no id', () => [...OPTIONS, '--account', 'mine'], /--account/],
    ['an account that there is not', () => [...OPTIONS, '--account', randomUUIDv7()], /no account/],
    ['a file as well', () => ['prices.csv', ...OPTIONS, '--account', accountId], /not both/],
    ['a file and a time', () => ['prices.csv', '--instrument', 'EUR_USD', '--from', at(0)], /--from/],
    ['a time that is none', () => [...OPTIONS, '--account', accountId, '--from', 'yesterday'], /--from/],
    [
      'a granularity that is none',
      () => [...OPTIONS, '--account', accountId, '--granularity', 'M3'],
      /--granularity/,
    ],
  ])('given %s, says so in one line and fails', async (_case, argv, says) => {
    const { code, out, err } = await call(argv());

    expect(code).not.toBe(0);
    expect(out).toBe('');
    expect(err).toMatch(/^[^\n]+\n$/);
    expect(err).toMatch(says);
  });

  it('says the times of the candles that came, not those that were asked for', async () => {
    const { out } = await call([...OPTIONS, '--account', accountId, '--from', at(4)]);

    expect(out).toMatch(/^Imported 3 M1 candles of EUR_USD from \S+ 11:05 UTC to \S+ 11:07 UTC\.\n/);
  });

  it('says that none came, and fails', async () => {
    const { code, out, err } = await call([...OPTIONS, '--account', accountId, '--from', at(30)]);

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^[^\n]*no candles[^\n]*\n$/);
  });

  it('imports into a series that everyone may use, and continues what was interrupted', async () => {
    const problem = new Problem('broker-unreachable', 'It is away.');
    atBroker.failsAtPage = { page: atBroker.pagesRead, problem };
    const interrupted = await call([...OPTIONS, '--account', accountId]);
    expect(interrupted.code).not.toBe(0);
    expect(interrupted.err).toContain('It is away.');

    await context.server.database.updateTable('price_imports').set({ leased_until: null }).execute();
    const { code, out } = await call([...OPTIONS, '--account', accountId]);

    expect(code).toBe(0);
    expect(out).toMatch(/^Imported 7 M1 candles of EUR_USD from .*\nSeries [0-9a-f-]+\n$/);
    const id = out.trim().split(' ').at(-1) ?? '';
    expect(await series(id)).toMatchObject({ rows: 7, isShared: true, import: { status: 'completed' } });
  });
});
