import { describe, expect, it } from 'vitest';
import { DENIALS } from '../../core/domain/denial-catalogue.ts';
import { LANGUAGES, NOTIFICATION_TYPE_NAMES, NOTIFICATION_TYPES } from '../notification-types.ts';
import { JAPANESE_DENIALS } from './japanese-denials.ts';
import { japaneseSentence } from './japanese-sentences.ts';
import { FAULTS } from './japanese-words.ts';
import { notificationText } from './notification-text.ts';
import type { NotificationTypeName } from '../notification-types.ts';

/** Two words of lower case in a row; names, codes and numbers are no sentence. */
const ENGLISH = /\b[A-Za-z']*[a-z]\s+[a-z']{2,}\b/;
const JAPANESE = /[\u3040-\u30FF\u4E00-\u9FFF]/;

/** What the entries of each type have, and how their line reads. */
const ENTRIES: Readonly<Partial<Record<NotificationTypeName, readonly (readonly [object, string])[]>>> = {
  'order-filled': [
    [
      { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 1_000, averagePrice: '1.08012' },
      'EUR_USD 1000の成行買い注文が 1.08012 で約定しました。',
    ],
  ],
  'order-partially-filled': [
    [
      { instrument: 'USD_JPY', orderType: 'limit', side: 'sell', units: 20, averagePrice: '150.123' },
      'USD_JPY 20の指値売り注文が 150.123 で一部約定しました。',
    ],
  ],
  'order-cancelled': [
    [
      {
        instrument: 'EUR_USD',
        orderType: 'stop_loss',
        side: 'sell',
        units: 5,
        reason: 'insufficient-margin',
      },
      'EUR_USD 5の損切り売り注文が取り消されました（コード：insufficient-margin）。',
    ],
  ],
  'order-denied': [
    [
      {
        instrument: 'EUR_USD',
        orderType: 'market',
        side: 'buy',
        units: 1_000,
        code: 'insufficient-margin',
        facts: { needed: { value: '812.4000', unit: 'USD' }, available: { value: '310.2000', unit: 'USD' } },
      },
      'EUR_USD 1000の成行買い注文を受け付けませんでした。必要な証拠金が口座の marginAvailable を超えています。（needed 812.4000 USD、available 310.2000 USD）',
    ],
  ],
  'order-rejected': [
    [{ orderId: 'x', reason: 'not-received' }, '注文はブローカーに拒否されました（コード：not-received）。'],
  ],
  'trade-closed': [
    [
      {
        instrument: 'EUR_USD',
        side: 'long',
        units: 1_000,
        entryPrice: '1.08012',
        exitPrice: '1.07912',
        exitReason: 'stop_loss',
        result: '-1.0000',
        currency: 'USD',
      },
      'EUR_USD 1000の買い（1.08012 → 1.07912）が損切りで決済されました。損益：-1.0000 USD',
    ],
  ],
  'account-halted': [
    [
      { code: 'daily-loss-exceeded' },
      `規則により口座が停止しました。${JAPANESE_DENIALS['daily-loss-exceeded']}`,
    ],
    [
      { differences: ['a', 'b'] },
      '口座の内容がブローカーと一致しないため停止しました（2件）。確認してから再開してください。',
    ],
    [
      { isFault: true },
      '想定外の状態が見つかったため、口座を停止しました。ブローカーの内容と照合してから再開してください。',
    ],
    [{ isKill: true }, '緊急停止：注文を取り消し、ポジションを決済しています。'],
    [{ isFlat: true }, '緊急停止が完了しました。ポジションはなく、ブローカーも同じ内容です。'],
    [{ status: 'halted' }, '口座は新規の注文を受け付けません。決済は可能です。'],
  ],
  'streams-silent': [
    [
      { streams: ['prices', 'transactions'] },
      'ブローカーから価格の配信と約定の配信が届いていません。再び届くまで、戦略は新しい価格や約定を認識できません。ブローカー側の注文と損切りは有効です。',
    ],
  ],
  'streams-heard': [[{ seconds: 51 }, 'ブローカーからの配信が再開しました（中断：51秒）。']],
  'limit-near': [
    [
      { name: 'maxDailyLoss', limit: '20.0000', loss: '17.0000' },
      'maxDailyLoss（20.0000）のうち17.0000を失いました。全額に達すると口座は停止します。',
    ],
  ],
  'clock-differs': [
    [
      { clockAheadMs: -7_400 },
      'サーバーの時計がブローカーの時計より7秒遅れています。取引はブローカーの時計に従います。NTP でサーバーの時計を合わせてください。',
    ],
  ],
  'intervention-requested': [
    [{ action: 'halt', reason: '調査のため' }, '管理者が口座の停止を指示しました。理由：調査のため'],
  ],
  'backtest-completed': [
    [
      { strategyType: 'ema_cross', instrument: 'EUR_USD' },
      'ema_cross（EUR_USD）のバックテストが完了しました。',
    ],
  ],
  'price-import-completed': [
    [
      { instrument: 'EUR_USD', granularity: 'M1', rows: 12 },
      'EUR_USD M1の価格の取り込みが完了しました（12本）。',
    ],
  ],
  'price-series-deleted': [
    [{ instrument: 'EUR_USD', source: 'file.csv' }, '管理者がEUR_USDの価格データを削除しました。'],
  ],
  'user-role-changed': [[{ from: 'trader', to: 'admin' }, '権限がtraderからadminに変更されました。']],
  'notification-channel-off': [
    [
      { kind: 'slack', name: 'Desk' },
      '受信側がこれ以上の通知を望んでいないため、通知の送信先「Desk」（slack）を停止しました。受信できるようになったら、再び有効にしてください。',
    ],
  ],
};

const cases = Object.entries(ENTRIES).flatMap(([type, entries]) =>
  entries.map(([details, sentence]) => ({
    type: type as NotificationTypeName,
    details: { ...details },
    sentence,
  })),
);

describe('a notification in Japanese', () => {
  it.each(cases)('of $type reads as a sentence with its data', ({ type, details, sentence }) => {
    expect(japaneseSentence(type, { details })).toBe(sentence);
  });

  it.each(NOTIFICATION_TYPE_NAMES)(
    'of %s has no English, whatever the journal says and its entry has',
    (type) => {
      const description = 'The journal says this in English.';
      const allDetails = [undefined, {}, { code: 'unheard-of', reason: 7, streams: 'x', facts: [] }];
      const known = cases.filter((each) => each.type === type).map(({ details }) => details);
      for (const details of [...allDetails, ...known]) {
        const entry = { description, details, ipAddress: '192.0.2.7', userAgent: undefined };
        const { title, message } = notificationText(
          { type, entry, accountName: '口座A', strategyName: undefined },
          { language: 'ja', timezone: 'Asia/Tokyo' },
        );
        expect(`${title}\n${message}`).not.toMatch(ENGLISH);
        expect(message.split('\n').at(-1)).toMatch(JAPANESE);
        expect(`${title}\n${message}`).not.toMatch(/undefined|null|NaN|\[object/);
      }
    },
  );

  it('shows times as the clocks of its reader do', () => {
    const facts = { opensAt: { value: '2026-03-01T22:03:00.000Z', unit: 'UTC' } };
    const entry = { description: '', details: { code: 'market-closed', facts } };
    const of = (timezone: string) =>
      notificationText(
        { type: 'order-denied', entry, accountName: undefined, strategyName: undefined },
        { language: 'ja', timezone },
      ).message;

    expect(of('Asia/Tokyo')).toContain('2026/03/02 7:03:00 JST');
    expect(of('UTC')).toContain('2026/03/01 22:03:00 UTC');
    expect(of('Asia/Tokyo')).not.toContain('UTC');
  });

  it.each(NOTIFICATION_TYPE_NAMES)('of %s has a title in each language', (type) => {
    const { en, ja } = NOTIFICATION_TYPES[type].titles;

    expect(LANGUAGES).toEqual(['en', 'ja']);
    expect(en).not.toMatch(JAPANESE);
    expect(ja).toMatch(JAPANESE);
  });

  it.each([...Object.values(JAPANESE_DENIALS), ...Object.values(FAULTS)])(
    'explains without English: %s',
    (sentence) => {
      expect(sentence).not.toMatch(ENGLISH);
      expect(sentence).toMatch(JAPANESE);
    },
  );

  it('explains every reason for which an order is denied', () => {
    expect(Object.keys(JAPANESE_DENIALS).toSorted()).toEqual(Object.keys(DENIALS).toSorted());
  });
});
