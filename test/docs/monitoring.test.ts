/** Alert rules and dashboards name only what the server shows, and each alert is tested and explained. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeMetrics } from '../../src/operations/metrics/metric-set.ts';
import { NO_PROMTOOL, promtool } from '../support/promtool.ts';

const ROOT = new URL('../../', import.meta.url);
const RULES = 'ops/prometheus/auto-forex.rules.yml';
const RULE_TESTS = 'ops/prometheus/auto-forex.rules.test.yml';
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
}

const rules: readonly Rule[] = parse(read(RULES)).groups.flatMap((group: { rules: Rule[] }) => group.rules);
const dashboards = readdirSync(new URL('ops/grafana/', ROOT)).map((file) => ({
  file,
  text: read(`ops/grafana/${file}`),
}));

/** The series of each metric with the labels that they may have, but for those that Prometheus adds. */
function labelsBySeries(): ReadonlyMap<string, readonly string[]> {
  const metrics = makeMetrics().registry.getMetricsAsArray();
  const labelsOf = (metric: object): readonly string[] =>
    'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames : [];
  return new Map(
    metrics.flatMap((metric): [string, readonly string[]][] => {
      const labels = labelsOf(metric);
      if (!metric.name.endsWith('_duration_seconds')) return [[metric.name, labels]];
      return [
        [`${metric.name}_bucket`, [...labels, 'le']],
        [`${metric.name}_sum`, labels],
        [`${metric.name}_count`, labels],
      ];
    }),
  );
}

/** What expressions ask for: the names of series, and the labels that each is chosen by. */
function asked(text: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  const found = text
    .replaceAll(String.raw`\"`, '"')
    .matchAll(/\b((?:auto_forex|process)_\w+)(?:\{([^}]*)\})?/g);
  return [...found].map(([, name = '', chosen = '']) => ({
    name,
    labels: [...chosen.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label),
  }));
}

function unknown(text: string, known: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return asked(text).flatMap(({ name, labels }) => {
    const allowed = known.get(name);
    if (!allowed) return [name];
    return labels
      .filter((label) => !['instance', 'job', ...allowed].includes(label))
      .map((label) => `${name}{${label}}`);
  });
}

describe('what expressions ask for', () => {
  it('is found with what no metric has', () => {
    const known = labelsBySeries();

    expect(unknown('sum(auto_forex_ready{instance="a"}) > auto_forex_invented', known)).toEqual([
      'auto_forex_invented',
    ]);
    expect(unknown('auto_forex_stream_age_seconds{person="a", stream=~"prices"}', known)).toEqual([
      'auto_forex_stream_age_seconds{person}',
    ]);
    expect(unknown('rate(auto_forex_http_request_duration_seconds[5m])', known)).toHaveLength(1);
  });

  it.each(rules)('is there for the alert $alert', ({ expr }) => {
    // `up` is Prometheus's own.
    expect(asked(expr).length > 0 || expr.startsWith('up{')).toBe(true);
    expect(unknown(expr, labelsBySeries())).toEqual([]);
  });

  it.each(dashboards)('is there for the dashboard $file', ({ text }) => {
    expect(asked(text).length).toBeGreaterThan(10);
    expect(unknown(text, labelsBySeries())).toEqual([]);
  });
});

describe('an alert', () => {
  it('is tested, explained in the operations page, and says how urgent it is', () => {
    const names = rules.map(({ alert }) => alert);
    const tested: { name: string; alert_rule_test: { exp_alerts?: unknown[] }[] }[] = parse(
      read(RULE_TESTS),
    ).tests;
    const explained = [...read('docs/operations.md').matchAll(/^- \*\*(AutoForex\w+)\*\*: .+/gm)].map(
      ([, name = '']) => name,
    );

    expect(new Set(names).size).toBe(names.length);
    expect(tested.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    // Each test shows it silent and firing.
    for (const { alert_rule_test: times } of tested)
      expect(times.map(({ exp_alerts: alerts }) => alerts !== undefined)).toEqual([false, true]);
    expect(explained.toSorted()).toEqual(names.toSorted());
    for (const { labels } of rules) expect(['page', 'ticket']).toContain(labels.severity);
  });

  it('passes its test', (test) => {
    const folder = new URL('ops/prometheus/', ROOT);
    const checked = promtool(['check', 'rules', 'auto-forex.rules.yml'], { folder });
    if (!checked) return test.skip(NO_PROMTOOL);

    expect(checked).toMatchObject({ code: 0 });
    expect(promtool(['test', 'rules', 'auto-forex.rules.test.yml'], { folder })).toMatchObject({ code: 0 });
  });
});
