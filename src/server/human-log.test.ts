import { expect, it } from 'vitest';
import { humanLog } from './human-log.ts';

function written(entry: object): string {
  let text = '';
  humanLog((line) => (text += line)).write(`${JSON.stringify(entry)}\n`);
  return text;
}

it('writes level, message and fields on one line, without what a person does not need', () => {
  const text = written({
    level: 30,
    time: 0,
    pid: 7,
    hostname: 'h',
    address: 'http://localhost:8000',
    applied: ['a'],
    msg: 'ready',
  });

  expect(text).toMatch(/^\d\d:\d\d:\d\d INFO {2}ready address=http:\/\/localhost:8000 applied=\["a"\]\n$/);
});

it('writes the stack of an error below the line', () => {
  const text = written({
    level: 50,
    time: 0,
    err: { type: 'Error', stack: 'Error: no\n    at x' },
    msg: 'failed',
  });

  expect(text).toContain('ERROR failed\nError: no\n    at x\n');
});
