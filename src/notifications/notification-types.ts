/** What people are notified of: each type is one of the journal's, with its severity, who receives it, and its text in every language. */

import { SEVERITIES } from '../core/domain/journal-entry.ts';
import type { JournalEntry, Severity } from '../core/domain/journal-entry.ts';

export const LANGUAGES = ['en', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The person whom an entry is about, or everyone who administers the server. */
export type Audience = 'person' | 'administrators';

/** A type of notification. */
export interface NotificationType {
  /** What it is at least: an entry of a higher severity keeps its own. */
  readonly severity: Severity;
  readonly audience: Audience;
  /** One line in each language, without the details, which the entry has. */
  readonly titles: Readonly<Record<Language, string>>;
  /** Which entries of this type are worth a notification; all when left out. */
  readonly isWanted?: (entry: JournalEntry) => boolean;
}

const of = (
  severity: Severity,
  en: string,
  ja: string,
  rest: Partial<Pick<NotificationType, 'audience' | 'isWanted'>> = {},
): NotificationType => ({ severity, audience: 'person', titles: { en, ja }, ...rest });

const FOR_ADMINISTRATORS = { audience: 'administrators' } as const;

/** An order that a person or a strategy cancels is no news to them; one that was cancelled otherwise is. */
const isUnexpected = ({ severity }: JournalEntry): boolean => severity !== 'info';

/** What administrators do about what belongs to no one is in their own journal. */
const isOfAnother = ({ userId, details }: JournalEntry): boolean => details?.['administratorId'] !== userId;

/** Every type by its name. */
export const NOTIFICATION_TYPES = {
  'order-filled': of('info', 'Order filled', '注文が約定しました'),
  'order-partially-filled': of('info', 'Order partially filled', '注文が一部約定しました'),
  'order-cancelled': of('warning', 'Order cancelled', '注文が取り消されました', { isWanted: isUnexpected }),
  'order-expired': of('info', 'Order expired', '注文の有効期限が切れました'),
  'order-denied': of('warning', 'Order denied by this server', '注文はこのサーバーで拒否されました'),
  'order-rejected': of('warning', 'Order rejected by the broker', '注文はブローカーに拒否されました'),
  'order-group-filled-twice': of(
    'warning',
    'Two orders of a group filled',
    '同じグループの注文が2つ約定しました',
  ),
  'trade-closed': of('info', 'Trade closed', '取引が決済されました'),

  'account-halted': of('warning', 'Account halted', '口座の取引が停止されました'),
  'account-trading': of('info', 'Account trades again', '口座の取引が再開されました'),
  'account-error': of('error', 'Account cannot be traded', '口座で取引できません'),
  'account-recovered': of('info', 'Account can be traded again', '口座で再び取引できます'),
  'account-agrees': of('info', 'Account agrees with its broker again', '口座がブローカーと再び一致しました'),
  'streams-silent': of('error', 'Nothing comes from the broker', 'ブローカーからの配信が止まっています'),
  'streams-heard': of('info', 'The broker is heard again', 'ブローカーからの配信が再開しました'),
  'account-token-replaced': of(
    'warning',
    "The broker's token was replaced",
    'ブローカーのトークンが変更されました',
  ),
  'limit-near': of('warning', 'A loss limit is near', '損失の上限が近づいています'),
  'stop-loss-missing': of('warning', 'A position has no stop loss', 'ポジションに損切り注文がありません'),
  'weekend-missed': of('warning', 'Positions are kept over the weekend', 'ポジションが週末に持ち越されます'),
  'margin-call-changed': of('info', 'Margin call', 'マージンコール'),
  'closure-delayed': of(
    'critical',
    'The broker will close positions',
    'ブローカーがポジションを強制決済します',
  ),
  'clock-differs': of('warning', "The server's clock differs", 'サーバーの時計がずれています'),
  'clock-agrees': of('info', "The server's clock is right again", 'サーバーの時計が正しくなりました'),
  'intervention-requested': of('warning', 'An administrator intervened', '管理者が介入しました'),
  'intervention-refused': of(
    'warning',
    'What an administrator asked for was not possible',
    '管理者の操作は実行できませんでした',
  ),
  'hold-lifted': of('info', 'An administrator lifted a hold', '管理者による停止が解除されました'),

  'strategy-failed': of('error', 'Strategy failed', '戦略がエラーで停止しました'),
  'strategy-stopped': of('info', 'Strategy stopped', '戦略が停止しました'),

  'backtest-completed': of('info', 'Backtest completed', 'バックテストが完了しました'),
  'backtest-failed': of('warning', 'Backtest failed', 'バックテストが失敗しました'),
  'price-import-completed': of('info', 'Import of prices completed', '価格の取り込みが完了しました'),
  'price-import-failed': of('warning', 'Import of prices failed', '価格の取り込みが失敗しました'),
  'price-series-deleted': of(
    'warning',
    'An administrator deleted a price series',
    '管理者が価格データを削除しました',
    { isWanted: isOfAnother },
  ),

  login: of('warning', 'Sign-in from a new device', '新しい端末からサインインがありました', {
    isWanted: ({ details }) => details?.['isNewDevice'] === true,
  }),
  'sign-in-delayed': of('warning', 'Many sign-ins failed', 'サインインの失敗が続いています'),
  'password-changed': of('warning', 'Your password was changed', 'パスワードが変更されました'),
  'password-reset': of('warning', 'Your password was reset', 'パスワードが再設定されました'),
  'password-set': of(
    'warning',
    'An administrator set your password',
    '管理者があなたのパスワードを設定しました',
  ),
  'second-factor-added': of('warning', 'A second factor was added', '二要素認証が追加されました'),
  'second-factor-removed': of('warning', 'A second factor was removed', '二要素認証が解除されました'),
  'recovery-codes-replaced': of(
    'warning',
    'Your recovery codes were replaced',
    'リカバリーコードが再発行されました',
  ),
  'api-key-created': of('warning', 'An API key was made', 'APIキーが作成されました'),
  'api-key-revoked': of('info', 'An API key was revoked', 'APIキーが取り消されました'),
  'email-change-requested': of(
    'warning',
    'Another e-mail address was asked for',
    'メールアドレスの変更が申請されました',
  ),
  'email-changed': of('warning', 'Your e-mail address was changed', 'メールアドレスが変更されました'),
  'email-change-undone': of(
    'warning',
    'The change of your e-mail address was undone',
    'メールアドレスの変更が取り消されました',
  ),
  'notification-channel-added': of(
    'warning',
    'A channel of notifications was added',
    '通知の送信先が追加されました',
  ),
  'notification-channel-removed': of(
    'warning',
    'A channel of notifications was removed',
    '通知の送信先が削除されました',
  ),
  'notification-channel-off': of(
    'warning',
    'A channel of notifications was turned off',
    '通知の送信先が停止されました',
  ),
  'sessions-ended': of('warning', 'An administrator signed you out', '管理者によりサインアウトされました'),
  'user-role-changed': of('warning', 'Your role was changed', '権限が変更されました'),

  'user-created': of('info', 'A new person signed up', '新しい利用者が登録しました', FOR_ADMINISTRATORS),
  'address-blocked': of(
    'warning',
    'An address was blocked',
    'アドレスがブロックされました',
    FOR_ADMINISTRATORS,
  ),
  'job-failed': of('error', 'A scheduled job failed', '定期処理が失敗しました', FOR_ADMINISTRATORS),
  'job-recovered': of('info', 'A scheduled job works again', '定期処理が復旧しました', FOR_ADMINISTRATORS),
  'settings-changed': of(
    'warning',
    'The settings of the server were changed',
    'サーバーの設定が変更されました',
    FOR_ADMINISTRATORS,
  ),
} as const satisfies Readonly<Record<string, NotificationType>>;

export type NotificationTypeName = keyof typeof NOTIFICATION_TYPES;

/** The names of all types. */
export const NOTIFICATION_TYPE_NAMES = Object.keys(NOTIFICATION_TYPES) as readonly NotificationTypeName[];

/** Returns the type that an entry is notified as; undefined when no one is notified of it. */
export function typeOfEntry(
  entry: JournalEntry,
): { readonly name: NotificationTypeName; readonly type: NotificationType } | undefined {
  const name = NOTIFICATION_TYPE_NAMES.find((known) => known === entry.type);
  if (name === undefined) return undefined;
  const type: NotificationType = NOTIFICATION_TYPES[name];
  return type.isWanted?.(entry) === false ? undefined : { name, type };
}

/** Returns the higher of two severities. */
export function higherSeverity(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}
