import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { RequestLog } from './request-log.ts';
import type { FastifyBaseLogger } from 'fastify';

/** A log, and what was written to it. */
function openLog() {
  const lines: Record<string, unknown>[] = [];
  let children = 0;
  const log: FastifyBaseLogger = pino(
    { onChild: () => (children += 1) },
    { write: (line) => lines.push(JSON.parse(line)) },
  );
  return { log, lines, children: () => children };
}

describe('the log of a request', () => {
  it('is not made for a request that writes nothing', () => {
    const { log, children } = openLog();
    expect(new RequestLog(log, { requestId: 'r1' }, {})).toBeDefined();
    expect(children()).toBe(0);
  });

  it('has the id of the request in each line, and is made once', () => {
    const { log, lines, children } = openLog();
    const ownLog = new RequestLog(log, { requestId: 'r1' }, {});
    ownLog.warn({ path: '/orders' }, 'request refused');
    ownLog.error('request failed');
    ownLog.debug('below the level');
    expect(lines).toEqual([
      expect.objectContaining({ level: 40, requestId: 'r1', path: '/orders', msg: 'request refused' }),
      expect.objectContaining({ level: 50, requestId: 'r1', msg: 'request failed' }),
    ]);
    expect(children()).toBe(1);
  });

  it('has the level of its route', () => {
    const { log, lines } = openLog();
    const ownLog = new RequestLog(log, { requestId: 'r1' }, { level: 'error' });
    ownLog.warn('of a probe');
    expect([ownLog.level, lines]).toEqual(['error', []]);
  });

  it('has children with its id', () => {
    const { log, lines } = openLog();
    new RequestLog(log, { requestId: 'r1' }, {}).child({ traceId: 't1' }).info('traced');
    expect(lines).toEqual([expect.objectContaining({ requestId: 'r1', traceId: 't1' })]);
  });
});
