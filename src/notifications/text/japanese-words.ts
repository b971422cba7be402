/** Words of the journal's data in Japanese. */

import type { OrderType } from '../../core/domain/order.ts';
import type { ExitReason } from '../../core/domain/transaction-reasons.ts';
import type { ProblemName } from '../../core/shared/problem.ts';

export const SIDES = { buy: '買い', sell: '売り', long: '買い', short: '売り' } as const;

export const ORDER_TYPES: Readonly<Record<OrderType, string>> = {
  market: '成行',
  limit: '指値',
  stop: '逆指値',
  market_if_touched: 'タッチ成行',
  take_profit: '利益確定',
  stop_loss: '損切り',
  trailing_stop: 'トレーリング',
};

export const EXIT_REASONS: Readonly<Record<ExitReason, string>> = {
  ...ORDER_TYPES,
  close: '決済指示',
  margin_closeout: 'ロスカット',
};

export const STREAMS = { prices: '価格の配信', transactions: '約定の配信' } as const;

export const MARGIN_CALLS = {
  entered: '証拠金が不足しているとブローカーが警告しています。ポジションが強制決済される可能性があります。',
  extended: '証拠金不足の警告が延長されました。',
  exited: '証拠金は再び足りており、ブローカーの警告は解除されました。',
} as const;

/** What an administrator wants done. */
export const ACTIONS = {
  halt: '管理者が口座の停止を指示しました。',
  kill: '管理者が口座の緊急停止（全注文の取消しと全ポジションの決済）を指示しました。',
  close: '管理者が口座の切断を指示しました。',
  stop: '管理者が戦略の停止を指示しました。',
} as const;

const OTHER_TOKEN =
  'PATCH /accounts/{id} でトークンを変更してください。それまで何も送信されず、注文とポジションはブローカーに残ります。';

/** Why an account cannot be run. */
export const FAULTS: Readonly<Partial<Record<ProblemName, string>>> = {
  'broker-unreachable': 'ブローカーに接続できません。自動的に再試行します。',
  'broker-log-behind': 'ブローカーの取引履歴の更新が遅れています。自動的に再試行します。',
  'broker-transaction-unreadable':
    'ブローカーの取引履歴に読み取れないものがあります。管理者に連絡してください。',
  'broker-streams-exhausted':
    'このサーバーから OANDA に接続できる配信の上限に達しています。ほかの口座を切断するか、別のアドレスのサーバーで動かしてください。',
  'broker-token-refused': `ブローカーがトークンを拒否しました。${OTHER_TOKEN}`,
  'broker-token-elsewhere': `トークンは別の環境のものです。${OTHER_TOKEN}`,
  'broker-account-forbidden': `トークンではこの口座を利用できません。${OTHER_TOKEN}`,
  'broker-account-unknown': 'ブローカーにこの口座が見つかりません。口座番号を確認してください。',
  'broker-account-not-supported': 'この種類の口座には対応していません。',
  'secret-unreadable':
    'トークンを復号する鍵がサーバーにありません。管理者に連絡するか、トークンを入力し直してください。',
  'encryption-key-missing': 'サーバーに暗号化の鍵が設定されていません。管理者に連絡してください。',
  'live-trading-off': 'このサーバーでは本番口座の取引が無効になっています。管理者に連絡してください。',
  'live-limits-missing':
    '本番口座に必要な上限が設定されていません。PATCH /accounts/{id} で設定してください。',
  'internal-error': 'サーバーの内部エラーです。管理者に連絡してください。',
};

/** Returns the word for a name; undefined when there is none. */
export function wordOf(
  words: Readonly<Record<string, string>>,
  name: string | undefined,
): string | undefined {
  return name !== undefined && Object.hasOwn(words, name) ? words[name] : undefined;
}
