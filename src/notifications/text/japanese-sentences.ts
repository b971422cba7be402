/** What happened, in Japanese, made of the type of a journal entry and its data. Codes, names and numbers stay as they are. */

import { amountsOf, countOf, textOf } from './entry-facts.ts';
import { JAPANESE_DENIALS } from './japanese-denials.ts';
import {
  ACTIONS,
  EXIT_REASONS,
  FAULTS,
  MARGIN_CALLS,
  ORDER_TYPES,
  SIDES,
  STREAMS,
  wordOf,
} from './japanese-words.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { NotificationTypeName } from '../notification-types.ts';

type Details = JournalEntry['details'];
type Sentence = (details: Details) => string;

const SESSIONS_ENDED = 'ほかのセッションは終了しました。';
const ALL_SESSIONS_ENDED = 'すべてのセッションは終了しました。';

/** Returns the last line of a message. */
export function japaneseSentence(
  type: NotificationTypeName,
  { details }: Pick<JournalEntry, 'details'>,
): string {
  return SENTENCES[type](details);
}

const SENTENCES: Readonly<Record<NotificationTypeName, Sentence>> = {
  'order-filled': (details) => `${order(details)}が${at(details)}約定しました${reason(details)}。`,
  'order-partially-filled': (details) =>
    `${order(details)}が${at(details)}一部約定しました${reason(details)}。`,
  'order-cancelled': (details) => `${order(details)}が取り消されました${reason(details)}。`,
  'order-expired': (details) => `${order(details)}の有効期限が切れました${reason(details)}。`,
  'order-denied': (details) =>
    `${order(details)}を受け付けませんでした。${denial(textOf(details, 'code'))}${amounts(details)}`,
  'order-rejected': (details) => `${order(details)}はブローカーに拒否されました${reason(details)}。`,
  'order-group-filled-twice': (details) =>
    `${order(details)}は、同じグループの別の注文が約定した後に約定しました（取消しが間に合いませんでした）。両方とも有効です。余分な分は決済してください。`,
  'trade-closed': trade,

  'account-halted': halted,
  'account-trading': () => '口座の停止が解除され、取引が再開されました。',
  'account-error': (details) => fault(textOf(details, 'code')),
  'account-recovered': () => '口座で再び取引できるようになりました。',
  'account-agrees': () => '口座の内容がブローカーと再び一致しました。再開するまで停止したままです。',
  'streams-silent': (details) =>
    `ブローカーから${streams(details)}が届いていません。再び届くまで、戦略は新しい価格や約定を認識できません。ブローカー側の注文と損切りは有効です。`,
  'streams-heard': (details) => {
    const seconds = textOf(details, 'seconds');
    return `ブローカーからの配信が再開しました${seconds === undefined ? '' : `（中断：${seconds}秒）`}。`;
  },
  'account-token-replaced': () => '口座のトークンが変更されました。',
  'limit-near': (details) => {
    const { loss, limit, name } = texts(details, ['loss', 'limit', 'name']);
    const used = loss === undefined ? '大部分' : loss;
    return `${name ?? '損失の上限'}（${limit ?? '設定額'}）のうち${used}を失いました。全額に達すると口座は停止します。`;
  },
  'stop-loss-missing': (details) => {
    const { brokerPositionId, instrument } = texts(details, ['brokerPositionId', 'instrument']);
    const remedy =
      details?.['isGiven'] === true ? '損切りを設定します。' : '損切りを設定するか、決済してください。';
    return `${instrument ?? ''}のポジション${brokerPositionId ?? ''}に損切りがありません（口座の設定では必須です）。${remedy}`;
  },
  'weekend-missed': (details) => {
    const positions = textOf(details, 'positions');
    return `市場が閉まる前に価格を確認できなかったため、週末前に決済する予定の${positions === undefined ? '' : `${positions}件の`}ポジションが残っています。決済するか、損切りで保護してください。`;
  },
  'margin-call-changed': (details) =>
    wordOf(MARGIN_CALLS, textOf(details, 'state')) ?? '証拠金に関するブローカーの警告が変わりました。',
  'closure-delayed': () => '証拠金が不足しています。ブローカーは市場が開き次第、ポジションを強制決済します。',
  'clock-differs': (details) => {
    const aheadMs = Number(textOf(details, 'clockAheadMs') ?? Number.NaN);
    const seconds = Math.round(Math.abs(aheadMs) / 1_000);
    const how = Number.isNaN(aheadMs) ? 'ずれて' : `${seconds}秒${aheadMs > 0 ? '進んで' : '遅れて'}`;
    return `サーバーの時計がブローカーの時計より${how}います。取引はブローカーの時計に従います。NTP でサーバーの時計を合わせてください。`;
  },
  'clock-agrees': () => 'サーバーの時計がブローカーの時計と再び一致しました。',
  'intervention-requested': (details) => {
    const why = textOf(details, 'reason');
    return `${wordOf(ACTIONS, textOf(details, 'action')) ?? '管理者が口座に対する操作を行いました。'}${why === undefined ? '' : `理由：${why}`}`;
  },
  'intervention-refused': (details) =>
    `管理者が求めた操作は実行できませんでした${coded(textOf(details, 'code'))}。`,
  'hold-lifted': () => '管理者が停止を解除しました。口座の再開や戦略の開始は、あなたが行えます。',

  'strategy-failed': () => '戦略でエラーが発生し、停止しました。原因は戦略の statusReason で確認できます。',
  'strategy-stopped': () => '戦略は停止しています。',

  'backtest-completed': (details) => `${backtest(details)}が完了しました。`,
  'backtest-failed': (details) =>
    `${backtest(details)}が失敗しました。原因はバックテストの error で確認できます。`,
  'price-import-completed': (details) => {
    const rows = textOf(details, 'rows');
    return `${priceImport(details)}が完了しました${rows === undefined ? '' : `（${rows}本）`}。`;
  },
  'price-import-failed': (details) =>
    `${priceImport(details)}が失敗しました。原因は取り込みの error で確認できます。`,
  'price-series-deleted': (details) =>
    `管理者が${textOf(details, 'instrument') ?? ''}の価格データを削除しました。`,

  login: () =>
    'これまで使われていない端末からサインインがありました。心当たりがない場合は、パスワードを変更してください。',
  'sign-in-delayed': () => 'サインインの失敗が続いたため、次のサインインまで待ち時間が必要です。',
  'password-changed': () => `パスワードが変更されました。${SESSIONS_ENDED}`,
  'password-reset': () => `メールのコードで新しいパスワードが設定されました。${ALL_SESSIONS_ENDED}`,
  'password-set': () =>
    '管理者が新しいパスワードを設定しました。すべてのセッションとAPIキーは無効になりました。',
  'second-factor-added': () => `二要素認証が追加されました。${SESSIONS_ENDED}`,
  'second-factor-removed': () => '二要素認証が解除されました。',
  'recovery-codes-replaced': () => '二要素認証のリカバリーコードが再発行されました。',
  'api-key-created': (details) => {
    if (details?.['isTokenReplaced'] === true)
      return 'APIキーの作成が再度要求されたため、トークンが新しくなりました。以前のトークンは使えません。';
    const scope = textOf(details, 'scope');
    return `APIキーが作成されました${scope === undefined ? '' : `（権限：${scope}）`}。`;
  },
  'api-key-revoked': () => 'APIキーが取り消されました。',
  'email-change-requested': () =>
    '別のメールアドレスへの変更が申請されました。そのアドレスに確認コードを送信しました。',
  'email-changed': () => `メールアドレスが変更されました。${ALL_SESSIONS_ENDED}`,
  'email-change-undone': () =>
    'メールアドレスの変更が取り消されました。パスワード、すべてのセッションとAPIキーは無効になりました。',
  'notification-channel-added': (details) => `通知の送信先${channel(details)}が追加されました。`,
  'notification-channel-removed': (details) => `通知の送信先${channel(details)}が削除されました。`,
  'notification-channel-off': (details) =>
    `受信側がこれ以上の通知を望んでいないため、通知の送信先${channel(details)}を停止しました。受信できるようになったら、再び有効にしてください。`,
  'sessions-ended': () => '管理者があなたのセッションを終了しました。',
  'user-role-changed': (details) => {
    const { from, to } = texts(details, ['from', 'to']);
    return from === undefined || to === undefined
      ? '権限が変更されました。'
      : `権限が${from}から${to}に変更されました。`;
  },

  'user-created': () => '新しい利用者が登録されました。',
  'address-blocked': (details) =>
    `${textOf(details, 'address') ?? 'アドレス'} からのアクセスを拒否しています。`,
  'settings-changed': () => 'サーバー全体の設定が変更されました。',
  'job-failed': () => '定期処理が失敗しました。自動的に再試行します。原因は管理者用の一覧で確認できます。',
  'job-recovered': () => '失敗していた定期処理が再び正常に完了しました。',
};

function texts<Name extends string>(details: Details, names: readonly Name[]): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const text = textOf(details, name);
    if (text !== undefined) found[name] = text;
  }
  return found;
}

function order(details: Details): string {
  const { orderType, side, units, instrument } = texts(details, ['orderType', 'side', 'units', 'instrument']);
  if (units === undefined || instrument === undefined) return '注文';
  return `${instrument} ${units}の${wordOf(ORDER_TYPES, orderType) ?? ''}${wordOf(SIDES, side) ?? ''}注文`;
}

function at(details: Details): string {
  const price = textOf(details, 'averagePrice');
  return price === undefined ? '' : ` ${price} で`;
}

function reason(details: Details): string {
  return coded(textOf(details, 'reason'));
}

function coded(code: string | undefined): string {
  return code === undefined ? '' : `（コード：${code}）`;
}

function denial(code: string | undefined): string {
  return wordOf(JAPANESE_DENIALS, code) ?? (code === undefined ? '' : `コード：${code}。`);
}

function amounts(details: Details): string {
  const list = amountsOf(details, 'facts').map(({ name, text }) => `${name} ${text}`);
  return list.length === 0 ? '' : `（${list.join('、')}）`;
}

function trade(details: Details): string {
  const said = texts(details, [
    'side',
    'units',
    'instrument',
    'entryPrice',
    'exitPrice',
    'exitReason',
    'result',
    'currency',
  ]);
  const what =
    said.units === undefined || said.instrument === undefined
      ? '取引'
      : `${said.instrument} ${said.units}の${wordOf(SIDES, said.side) ?? ''}`;
  const prices = said.entryPrice === undefined ? '' : `（${said.entryPrice} → ${said.exitPrice ?? ''}）`;
  const why = wordOf(EXIT_REASONS, said.exitReason);
  const result = said.result === undefined ? '' : `損益：${said.result} ${said.currency ?? ''}`.trimEnd();
  return `${what}${prices}が${why === undefined ? '' : `${why}で`}決済されました。${result}`;
}

function halted(details: Details): string {
  const code = textOf(details, 'code');
  if (code !== undefined) return `規則により口座が停止しました。${denial(code)}`;
  const differences = countOf(details, 'differences');
  if (differences !== undefined)
    return `口座の内容がブローカーと一致しないため停止しました（${differences}件）。確認してから再開してください。`;
  if (details?.['isFlat'] === true)
    return '緊急停止が完了しました。ポジションはなく、ブローカーも同じ内容です。';
  if (details?.['isFault'] === true)
    return '想定外の状態が見つかったため、口座を停止しました。ブローカーの内容と照合してから再開してください。';
  if (details?.['isKill'] === true) return '緊急停止：注文を取り消し、ポジションを決済しています。';
  return '口座は新規の注文を受け付けません。決済は可能です。';
}

function fault(code: string | undefined): string {
  return wordOf(FAULTS, code) ?? `口座で取引できません${coded(code)}。`;
}

function streams(details: Details): string {
  const silent = details?.['streams'];
  const names = Array.isArray(silent)
    ? silent.map((name) => wordOf(STREAMS, String(name)) ?? String(name))
    : [];
  return names.length === 0 ? '配信' : names.join('と');
}

function backtest(details: Details): string {
  const { strategyType, instrument } = texts(details, ['strategyType', 'instrument']);
  return strategyType === undefined ? 'バックテスト' : `${strategyType}（${instrument ?? ''}）のバックテスト`;
}

function priceImport(details: Details): string {
  const { instrument, granularity } = texts(details, ['instrument', 'granularity']);
  return instrument === undefined ? '価格の取り込み' : `${instrument} ${granularity ?? ''}の価格の取り込み`;
}

function channel(details: Details): string {
  const { name, kind } = texts(details, ['name', 'kind']);
  if (kind === undefined) return '';
  return name === undefined ? `（${kind}）` : `「${name}」（${kind}）`;
}
