/** The journal as a list: both ways, narrowed, as CSV, for its people and for administrators. */
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { eventsCommand } from '../../src/journal/events-command.ts';
import { runPrepared } from '../../src/persistence/prepared-statement.ts';
import { manage } from '../support/manage.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader, askerFor } from '../support/trading-client.ts';
import type { JournalEntry } from '../../src/core/domain/journal-entry.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

interface Entry {
  readonly sequence: number;
  readonly occurredAt: string;
  readonly description: string;
}

beforeAll(async () => {
  trader = await addTrader(context.server);
  const { journal } = context.server;
  const record = (description: string, more: Partial<JournalEntry>) =>
    journal.record({
      category: 'system',
      type: 'noted',
      severity: 'info',
      description,
      userId: trader.user.id,
      ...more,
    });
  await record('The first, 50 % done', { severity: 'debug' });
  await record('The second', { type: 'seen', details: { list: [1, 'a, "b"'] } });
  await record('The third', { severity: 'error', accountId: trader.accountId });
  await record('The fourth', { type: 'heard', severity: 'critical' });
  await record('Of another person', { userId: undefined, severity: 'critical' });
});

async function list(query: string): Promise<{ items: Entry[]; nextCursor: number | null }> {
  const answer = await trader.ask('GET', `/events?${query}`);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json();
}

const said = ({ items }: { readonly items: readonly Entry[] }) => items.map(({ description }) => description);
const NOTED = 'category=system&type=noted&type=seen&type=heard';

describe('the list of entries', () => {
  it('comes newest first too, page by page to its end', async () => {
    const all = await list('limit=500');
    const newest = await list('order=desc&limit=500');
    expect(newest.items).toEqual(all.items.toReversed());
    expect(newest.nextCursor).toBeNull();

    const found: Entry[] = [];
    let before: number | null | undefined;
    do {
      const page: { items: Entry[]; nextCursor: number | null } = await list(
        `order=desc&limit=2${before === undefined ? '' : `&before=${before}`}`,
      );
      found.push(...page.items);
      before = page.nextCursor;
    } while (before !== null);
    expect(found).toEqual(newest.items);
  });

  it.each([
    ['severity=error', ['The third', 'The fourth']],
    ['severity=debug', ['The first, 50 % done', 'The second', 'The third', 'The fourth']],
    ['type=seen', ['The second']],
    ['type=seen&type=heard', ['The second', 'The fourth']],
    ['text=the%20TH', ['The third']],
    ['text=50%20%25', ['The first, 50 % done']],
    ['text=%25%25', []],
    ['order=desc&limit=1', ['The fourth']],
    ['type=never-heard-of', []],
  ])('with %s has only those', async (query, expected) => {
    expect(said(await list(`${query.includes('type=') ? 'category=system' : NOTED}&${query}`))).toEqual(
      expected,
    );
  });

  it('is narrowed to an account', async () => {
    expect(said(await list(`${NOTED}&accountId=${trader.accountId}`))).toEqual(['The third']);
  });

  it('is narrowed to a time, from then on and before', async () => {
    const { items } = await list(NOTED);
    const [first, , , last] = items.map(({ occurredAt }) => occurredAt);
    const later = new Date(Date.parse(last ?? '') + 1).toISOString();

    expect((await list(`${NOTED}&from=${first}&to=${later}`)).items).toEqual(items);
    expect((await list(`${NOTED}&to=${first}`)).items).toEqual([]);
    expect((await list(`${NOTED}&from=${later}`)).items).toEqual([]);
  });

  it('looks at so many entries a page, and leads on to what is behind them', async () => {
    const { orm, app } = context.server;
    const other = await context.server.addUser();
    const text = `insert into events (occurred_at, category, type, severity, description, user_id)
      select now() - interval '2 hours' + number * interval '1 s', 'system', case when number in (1, 6001) then 'rare' else 'usual' end,
             'info', 'number ' || number, $1 from generate_series(1, 7000) as number`;
    await runPrepared(orm, { name: 'entries-of-other', text }, [other.id]);
    const ask = askerFor(context.server, other);
    const page = async (query: string) => (await ask('GET', `/events?type=rare&${query}`)).json();

    const first = await page('order=desc&limit=2');
    expect(said(first)).toEqual(['number 6001']);
    const second = await page(`order=desc&limit=2&before=${first.nextCursor}`);
    expect([said(second), second.nextCursor]).toEqual([['number 1'], null]);

    const oldest = await page('limit=2');
    expect(said(oldest)).toEqual(['number 1']);
    expect(said(await page(`limit=2&after=${oldest.nextCursor}`))).toEqual(['number 6001']);

    const { occurredAt } = first.items[0];
    expect(said(await page(`from=${occurredAt}`))).toEqual(['number 6001']);

    const csv = await app.inject({
      url: '/api/v1/events?type=rare',
      headers: { ...other.headers, accept: 'text/csv' },
    });
    expect(csv.body.trimEnd().split('\r\n')).toHaveLength(3);
  });

  it('is CSV, objects as JSON', async () => {
    const answer = await trader.ask('GET', `/events?${NOTED}`, undefined, {
      headers: { accept: 'text/csv' },
    });
    const [names, first, second, ...more] = answer.body.trimEnd().split('\r\n');

    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(names).toMatch(/^sequence,/);
    expect(first).toContain(',"The first, 50 % done",');
    expect(second).toContain('"{""list"":[1,""a, \\""b\\""""]}"');
    expect(more).toHaveLength(2);
  });

  it('has no cell that a spreadsheet would compute', async () => {
    const { journal } = context.server;
    const entry = { category: 'system', severity: 'info', userId: trader.user.id } as const;
    await journal.record({ ...entry, type: 'computed', description: '=1+1' });
    const answer = await trader.ask('GET', '/events?type=computed', undefined, {
      headers: { accept: 'text/csv' },
    });

    expect(answer.body).toContain(",'=1+1,");
  });

  it.each([
    ['order=newest', '/order'],
    ['severity=loud', '/severity'],
    ['category=noise', '/category'],
    ['text=a', '/text'],
    ['after=-1', '/after'],
    ['after=7&before=7', '/after'],
    ['from=yesterday', '/from'],
    ['from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', '/from'],
    ['accountId=mine', '/accountId'],
    ['limit=501', '/limit'],
  ])('is refused with ?%s', async (query, pointer) => {
    const answer = await trader.ask('GET', `/events?${query}`);

    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, pointer]);
  });
});

describe('the list for administrators', () => {
  it('has the entries of everyone, or of one person', async () => {
    const admin = await context.server.addUser('admin');
    const ask = askerFor(context.server, admin);
    const of = async (query: string) => (await ask('GET', `/admin/events?${query}`)).json();

    expect(said(await of('category=system&severity=critical&type=noted'))).toEqual(['Of another person']);
    const own = await of(`${NOTED}&userId=${trader.user.id}`);
    expect(said(own)).toEqual(said(await list(NOTED)));
    expect(own.items[0]).toMatchObject({ userId: trader.user.id });
  });
});

describe('manage events', () => {
  async function events(...argv: string[]) {
    const written = { out: '', err: '' };
    const io = {
      stdout: { write: (text: string) => (written.out += text) },
      stderr: { write: (text: string) => (written.err += text) },
    };
    const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
    const code = await runCommand(io, () => eventsCommand.run(argv, io, open));
    return { code, ...written };
  }

  it('lists the newest first, as lines, JSON or CSV', async () => {
    const narrow = ['--category', 'system', '--user', trader.user.id, '--severity', 'error'];
    const { out } = await events(...narrow);
    expect(out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/critical heard The fourth$/),
      expect.stringMatching(/error noted The third$/),
    ]);

    const json = await events(...narrow, '--json', '--limit', '1');
    expect(JSON.parse(json.out)).toMatchObject({ type: 'heard', userId: trader.user.id });
    const csv = await events(...narrow, '--csv', '--oldest-first');
    expect(csv.out.trimEnd().split('\r\n').slice(1)).toEqual([
      expect.stringContaining('The third'),
      expect.stringContaining('The fourth'),
    ]);
    expect((await events('--type', 'never-heard-of')).out).toBe('No entries.\n');
  });

  it.each([
    [['--limit', '0'], /--limit/],
    [['--from', 'yesterday'], /--from is a time/],
    [['--severity', 'loud'], /--severity is one of/],
    [['--text', 'a'], /--text has 2 to 100/],
    [['--user', 'me'], /not an id/],
    [['--json', '--csv'], /one of --json and --csv/],
  ])('refuses %j', async (argv, expected) => {
    const { code, err } = await events(...argv);

    expect(code).toBe(2);
    expect(err).toMatch(expected);
  });
});

it('the command prints it and ends', async () => {
  const { databaseUrl } = context.server;

  const { code, stdout } = await manage(['events', '--limit', '1'], { DATABASE_URL: databaseUrl });

  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+ \S+Z \w+ \w+/);
});
