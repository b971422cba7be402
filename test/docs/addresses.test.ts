/** Addresses and frames in the sentences and tables of the pages are those of the API. */

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import openApi from '../../docs/api/openapi.json' with { type: 'json' };
import { CHANNEL_FRAMES } from '../../src/server/channels.ts';
import { controlFrames, serverFrames } from '../../src/stream/protocol.ts';
import { allPages, readPage } from './pages.ts';

it('a frame on docs/websocket.md is one that a client sends, or the server', () => {
  const page = readPage('docs/websocket.md');
  const frames = [...page.matchAll(/`(\{"type":"[^`]*\})`/g)].map(([, text = '']) => text);
  const clients = [
    ...Object.values(controlFrames(CHANNEL_FRAMES)),
    ...CHANNEL_FRAMES.map(({ subscribe }) => subscribe),
  ];
  const known = Compile(Type.Union([...clients, ...serverFrames(CHANNEL_FRAMES)]));
  const filled = frames
    .filter((text) => !text.includes('"data":…'))
    .map((text) =>
      text
        .replaceAll(/"(\w+Id)":"…"/g, '"$1":"0199c2a4-7d3e-7b1a-9c55-2f6d8e1a4b70"')
        .replaceAll('"channel":"…"', '"channel":"account"'),
    );

  expect(filled.length).toBeGreaterThan(10);
  expect(filled.filter((text) => !known.Check(JSON.parse(text)))).toEqual([]);
});

it('an address that a page names is one of the API', () => {
  const nameless = (path: string) => path.replaceAll(/\{\w+\}/g, '{}');
  const known = new Set(
    Object.entries<object>(openApi.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${nameless(path)}`),
    ),
  );
  const pages = allPages().filter((page) => !/simulator|brokers|adr/.test(page));
  const named = pages.flatMap((page) =>
    [...readPage(page).matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^`? ]*)[^`]*`/g)].map(
      ([, method, path = '']) => ({
        page,
        address: `${method} ${nameless(path)}`,
        full: `${method} ${nameless(path.startsWith('/api/') ? path : `/api/v1${path}`)}`,
      }),
    ),
  );

  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ address: short, full }) => !known.has(short) && !known.has(full))).toEqual([]);
});
