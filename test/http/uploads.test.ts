import { describe, expect, it } from 'vitest';
import { quoteFile } from '../support/price-files.ts';
import { useServer } from '../support/test-server.ts';

const context = useServer();

const FILE = quoteFile([
  [0, '1.10000', '1.10010'],
  [1, '1.10001', '1.10011'],
]);
const PART =
  'Content-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n';

async function send(type: string, payload: string) {
  const { headers } = await context.server.addUser();
  return context.server.app.inject({
    method: 'POST',
    url: '/api/v1/price-series?instrument=EUR_USD',
    headers: { ...headers, 'content-type': type },
    payload,
  });
}

describe('a form', () => {
  it('brings a file', async () => {
    const answer = await send('multipart/form-data; boundary=x', `--x\r\n${PART}${FILE}\r\n--x--\r\n`);

    expect(answer.statusCode).toBe(201);
  });

  it.each([
    ['without a boundary', 'multipart/form-data', `--x\r\n${PART}${FILE}\r\n--x--\r\n`],
    ['that ends before its file', 'multipart/form-data; boundary=x', '--x\r\n'],
    ['that ends within its file', 'multipart/form-data; boundary=x', `--x\r\n${PART}${FILE}`],
    ['with a broken head', 'multipart/form-data; boundary=x', `--x\r\nname\r\n\r\n${FILE}\r\n--x--\r\n`],
    ['that is empty', 'multipart/form-data; boundary=x', ''],
  ])('is refused %s, and no failure of the server is written', async (_what, type, payload) => {
    const answer = await send(type, payload);

    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid-request']);
    expect(context.server.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  });
});
