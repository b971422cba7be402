import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { createLog, terminalStream } from './log.ts';

it('writes one JSON object a line, with fields, error and stack, and without secrets', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', stream: { write: (line) => void lines.push(line) } });

  log.info({ address: 'http://localhost:8000', body: { password: 'hush' } }, 'ready');
  log.debug({}, 'not written at this level');
  log.error({ err: new Error('no') }, 'failed');

  expect(lines).toHaveLength(2);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 30,
    address: 'http://localhost:8000',
    body: { password: '[secret]' },
    msg: 'ready',
  });
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    level: 50,
    err: { type: 'Error', message: 'no', stack: expect.stringMatching(/^Error: no\n +at /) },
  });
});

it('writes a line for people on a terminal, with the stack of an error below it', async () => {
  let text = '';
  const stream = await terminalStream({ write: (line) => (text += stripVTControlCharacters(line)) });
  const log = createLog({ level: 'info', stream });

  log.info({ address: 'http://localhost:8000' }, 'ready');
  log.error({ err: new Error('no') }, 'failed');

  expect(text).toMatch(
    /^\[\d\d:\d\d:\d\d\] INFO: ready \{"address":"http:\/\/localhost:8000"\}\n\[\d\d:\d\d:\d\d\] ERROR: failed *\n[^]*Error: no\n +at /,
  );
  expect(text).not.toContain('hostname');
});

it('writes a fatal failure whatever its cause: it says why the process ends', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', stream: { write: (line) => void lines.push(line) } });
  log.lines.demote(() => true);

  log.fatal({ err: new Error('known') }, 'the end');

  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['the end']);
  expect([...log.lines.countByLevel]).toEqual([[60, 1]]);
});

it('writes a failure whose cause has a line of its own at debug level, for requests too, and counts what it wrote', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', stream: { write: (line) => void lines.push(line) } });
  const known = new Error('known');
  log.lines.demote((error) => error === known);

  log.error({ err: known }, 'not written');
  log.child({ requestId: 'r' }).warn({ err: known }, 'not written either');
  log.info({ err: known }, 'no failure');
  log.child({ requestId: 'r' }).warn({ err: new Error('another') }, 'written');
  log.debug({}, 'below the level');

  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['no failure', 'written']);
  expect([...log.lines.countByLevel]).toEqual([
    [30, 1],
    [40, 1],
  ]);
});
