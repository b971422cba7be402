import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync('docs/security.md', 'utf8');

it('names tests that exist', () => {
  const named = [...page.matchAll(/`((?:test|src)\/[\w./-]+)`/g)].flatMap(([, path]) => path ?? []);

  expect(named.filter((path) => !existsSync(path))).toEqual([]);
  expect(named.length).toBeGreaterThan(50);
});

it('has a word on each of the 62 points', () => {
  const [, table = ''] = page.split('## ASVS 5.0');
  const points = [...table.matchAll(/^\| \d+\.\d+\.\d+.*?\| (holds|in part|no) \|/gm)];

  expect(points).toHaveLength(62);
});
