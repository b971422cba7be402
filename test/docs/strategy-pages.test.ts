// Every strategy type has a page, and the page's table of parameters says what the type's schema says.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { checkStrategyParameters, STRATEGY_TYPES } from '../../src/core/strategies/registry.ts';
import type { StrategyType } from '../../src/core/strategies/strategy.ts';

const folder = new URL('../../docs/strategies/', import.meta.url);
const pageNameOf = ({ name }: StrategyType): string => `${name.replaceAll('_', '-')}.md`;
const pageOf = (type: StrategyType): string => readFileSync(new URL(pageNameOf(type), folder), 'utf8');

interface ParameterSchema {
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
  readonly items?: ParameterSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
}

function boundsOf(schema: ParameterSchema): string {
  const { enum: values, items, minItems, maxItems, minimum, maximum } = schema;
  if (items) return `${minItems} to ${maxItems} of ${boundsOf(items)}`;
  if (values) return values.join(', ');
  return minimum === undefined ? 'true or false' : `${minimum} to ${maximum}`;
}

/** The row of a parameter as the page must spell it. */
function rowOf(name: string, schema: ParameterSchema): string {
  return `| \`${name}\` | ${String(schema.default)} | ${boundsOf(schema)} | ${schema.description} |`;
}

describe.each(STRATEGY_TYPES)('The page of $name', (type) => {
  it('is headed by its name', () => {
    expect(pageOf(type).split('\n')[0]).toBe(`# ${type.name}`);
  });

  it('names every parameter with its default, its bounds and its meaning, and no other', () => {
    const rows = pageOf(type)
      .split('\n')
      .filter((line) => line.startsWith('| `'));

    expect(rows).toEqual(
      Object.entries(type.parametersSchema.properties).map(([name, schema]) => rowOf(name, schema)),
    );
  });

  it('states the warm-up of the defaults', () => {
    const checked = checkStrategyParameters(type, {});
    const warmUp = 'errors' in checked ? NaN : type.warmUpCandles(checked.parameters);

    expect(pageOf(type)).toContain(`\n${warmUp} candles with the defaults`);
  });
});

describe('The pages of strategy types', () => {
  it('are about types that exist', () => {
    const pages = globSync('*.md', { cwd: fileURLToPath(folder) }).filter((name) => name !== 'entries.md');

    expect(pages.toSorted()).toEqual(STRATEGY_TYPES.map(pageNameOf).toSorted());
  });
});
