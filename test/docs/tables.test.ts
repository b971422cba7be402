// The tables of the pages say what the code says: settings, exit codes, denials, cancellations, close codes, metrics.
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { FAULT_SCHEMAS } from '../../src/brokers/simulator/faults/fault.ts';
import { SETTINGS } from '../../src/server/settings.ts';
import { DENIALS } from '../../src/core/domain/denial-catalogue.ts';
import { ORDER_STATUSES } from '../../src/core/domain/order-lifecycle.ts';
import { ORDER_CANCEL_REASONS, ORDER_REJECT_REASONS } from '../../src/core/domain/transaction-reasons.ts';
import { STRATEGY_STATUSES } from '../../src/core/domain/strategy-lifecycle.ts';
import { BacktestResultsView } from '../../src/backtests/backtest-report-schemas.ts';
import { simulatorCommand } from '../../src/server/simulator/simulator-command.ts';
import { FAILURE_EXIT_CODES } from '../../src/migrator/failure.ts';
import { START_EXIT_CODES } from '../../src/core/shared/start-failure.ts';
import { CLOSE_CODES } from '../../src/stream/protocol.ts';

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** The part of a page under a heading, up to the next heading. */
function section(name: string, heading: string): string {
  const text = page(name);
  const start = text.indexOf(`\n${heading}\n`);
  expect(start, `${heading} of ${name}`).toBeGreaterThan(0);
  const rest = text.slice(start + heading.length + 2);
  return rest.slice(0, rest.search(/\n## |$(?![^])/));
}

/** The cells of a section's rows whose first cell is code or a number. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => /^\| (`|\d)/.test(line));
  return lines.map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}

const named = (text: string): Set<string> =>
  new Set([...text.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name));

describe('docs/trading.md', () => {
  it('has every denial with its remedy and its field', () => {
    const rows = rowsOf(section('trading.md', '## Why an order is denied'));

    expect(rows).toEqual(
      Object.entries(DENIALS).map(([code, { reason, remedy, field }]) => [
        `\`${code}\``,
        reason,
        remedy,
        `\`/${field}\``,
      ]),
    );
  });

  it('names every status of orders, and every reason for cancelling or rejecting one', () => {
    const names = named(section('trading.md', '## Orders by hand'));

    for (const name of [...ORDER_STATUSES, ...ORDER_CANCEL_REASONS, ...ORDER_REJECT_REASONS])
      expect(names, name).toContain(name);
  });

  it('names every status of strategies', () => {
    const names = named(section('trading.md', '## Strategies'));

    for (const name of STRATEGY_STATUSES) expect(names, name).toContain(name);
  });
});

describe('docs/websocket.md', () => {
  it('has every close code', () => {
    const codes = rowsOf(section('websocket.md', '## Close codes')).map(([code]) => Number(code));

    for (const code of Object.values(CLOSE_CODES)) expect(codes).toContain(code);
  });
});

describe('docs/backtesting.md', () => {
  it('names every metric and every line of costs', () => {
    const { metrics, costs } = BacktestResultsView.properties;
    const names = named(page('backtesting.md'));

    for (const name of [...Object.keys(metrics.properties), ...Object.keys(costs.properties)])
      expect(names, name).toContain(name);
  });
});

describe('docs/simulator.md', () => {
  it('has every fault with its fields', () => {
    const requests = /^`(GET|POST|DELETE) /;
    const rows = rowsOf(section('simulator.md', '## Faults')).filter(([name = '']) => !requests.test(name));
    const wanted = Object.entries(FAULT_SCHEMAS).map(([kind, { properties }]) => {
      const fields = Object.keys(properties).filter((name) => name !== 'fault');
      return [`\`${kind}\``, fields.map((name) => `\`${name}\``).join(', ')];
    });

    const found = rows.map(([kind, fields]) => [kind, fields]);
    expect(new Set(found)).toEqual(new Set(wanted));
  });

  it('has every option of the command', async () => {
    let help = '';
    const io = { stdout: { write: (text: string) => (help += text) }, stderr: { write: () => undefined } };
    await simulatorCommand.run(['--help'], io, () => Promise.reject(new Error('no database is needed')));
    const options = [...help.matchAll(/^ +(--[\w-]+)/gm)].map(([, name]) => `\`${name}\``);

    expect(rowsOf(section('simulator.md', '## Start it')).map(([name]) => name)).toEqual(options);
  });
});

describe('docs/operations.md', () => {
  it('has every setting with its default and its description', () => {
    const rows = rowsOf(section('operations.md', '## Settings'));
    const wanted = Object.entries(SETTINGS.properties).map(([name, property]) => [
      `\`${name}\``,
      'default' in property && property.default !== '' ? `\`${String(property.default)}\`` : '–',
      'description' in property ? String(property.description) : '',
    ]);

    expect(rows).toEqual(wanted);
  });

  it('has every exit code', () => {
    const codes = rowsOf(section('operations.md', '## Exit codes')).map(([code]) => Number(code));
    const used = [START_EXIT_CODES, FAILURE_EXIT_CODES].flatMap((kinds) => Object.values(kinds));

    expect(new Set(codes)).toEqual(new Set([0, ...used]));
  });
});
