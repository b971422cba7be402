import { expect, it } from 'vitest';
import { priceSeriesView } from './price-series-schemas.ts';

const AT = Date.UTC(2026, 0, 5);

const SERIES = {
  id: '0190a6f0-0000-7000-8000-000000000001',
  userId: 'someone',
  instrument: 'EUR_USD',
  kind: 'candles',
  granularity: 'M1',
  source: 'OANDA',
  rows: 0,
  startsAt: 0,
  endsAt: 0,
  skippedRows: 0,
  createdAt: AT,
  accountId: undefined,
} as const;

it('shows the rows that were there when the import had its status, and not those of a moment before', () => {
  const completed = {
    id: SERIES.id,
    userId: 'someone',
    accountId: '0190a6f0-0000-7000-8000-000000000002',
    instrument: 'EUR_USD',
    granularity: 'M1',
    from: AT,
    until: AT + 180_000,
    status: 'completed',
    error: undefined,
    importedFrom: AT,
    importedUntil: AT + 120_000,
    rows: 3,
    keepsUpToDate: false,
    toppedUpAt: undefined,
  } as const;

  expect(priceSeriesView(SERIES, completed)).toMatchObject({
    rows: 3,
    startsAt: '2026-01-05T00:00:00.000Z',
    endsAt: '2026-01-05T00:02:00.000Z',
    import: { status: 'completed', progress: 1 },
  });
  expect(priceSeriesView(SERIES)).toMatchObject({ rows: 0, startsAt: null, endsAt: null, import: null });
});
