/** One contract for all brokers: each case runs against the paper broker, and against the OANDA client in front of the simulator. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACCOUNT_CASES } from './account-cases.ts';
import { Bench } from './bench.ts';
import { ORDER_CASES } from './order-cases.ts';
import { POSITION_CASES } from './position-cases.ts';
import { BROKERS, openVenue } from './venues.ts';

const CASES = [...ORDER_CASES, ...POSITION_CASES, ...ACCOUNT_CASES];

describe.each(BROKERS)('the broker %s', (broker) => {
  it.each(CASES.map((conformanceCase) => [conformanceCase.name, conformanceCase] as const))(
    'has %s',
    async (_name, { hedging = false, run }) => {
      await using venue = await openVenue(broker, hedging);
      const bench = await Bench.open(venue);
      await run(bench, broker);

      expect(await bench.differences()).toEqual([]);
    },
  );
});

describe('docs/brokers.md', () => {
  it('lists what the cases found', () => {
    const page = readFileSync(new URL('../../../docs/brokers.md', import.meta.url), 'utf8');
    const cellOf = (name: (typeof BROKERS)[number], lacking: Readonly<Record<string, string>> = {}) =>
      lacking[name] ?? 'yes';
    const rows = CASES.map(
      ({ name, lacking }) => `| ${name} | ${BROKERS.map((broker) => cellOf(broker, lacking)).join(' | ')} |`,
    );

    expect(page).toContain([`| | ${BROKERS.join(' | ')} |`, '|---|---|---|', ...rows].join('\n'));
  });
});
