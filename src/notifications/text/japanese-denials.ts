/** Why this server refuses an order, or a rule halts an account, in Japanese. Names of settings stay as they are in the API. */

import type { DenialCode } from '../../core/domain/denial-catalogue.ts';

export const JAPANESE_DENIALS: Readonly<Record<DenialCode, string>> = {
  'account-halted': '口座は停止中のため、新規の注文はできません（決済は可能です）。先に再開してください。',
  'market-closed': 'この銘柄は現在取引時間外です。取引時間は tradingHours で確認できます。',
  'no-quote': 'この銘柄の価格がまだ届いていません。最初の価格をお待ちください。',
  'stale-quote': '最後の価格が古いため取引できません。次の価格をお待ちください。',
  'spread-too-wide': 'スプレッドが口座の maxSpreadPips を超えています。',
  'order-units-exceeded': '注文数量が口座の maxOrderUnits を超えています。',
  'position-units-exceeded': 'この注文により、ポジションが口座の maxPositionUnits を超える可能性があります。',
  'daily-loss-exceeded':
    '口座の損失が maxDailyLoss に達しました（1日の区切りはニューヨーク時間17:00です）。翌日まで待つか、再開してください。',
  'weekly-loss-exceeded':
    '口座の損失が maxWeeklyLoss に達しました（1週間の区切りは金曜日のニューヨーク時間17:00です）。翌週まで待つか、再開してください。',
  'profit-target-reached':
    '純資産が口座の profitTarget に達しました。目標を変更または解除してから、口座を再開してください。',
  'profit-locked':
    '当日の利益が、口座の profitLock で確保する額まで下がりました（1日の区切りはニューヨーク時間17:00です）。翌日まで待つか、再開してください。',
  'margin-guard-reached':
    'marginCloseoutPercent が口座の marginGuard に達しました。再開するまで停止し、その状態が続く間は再び停止します。',
  'prop-drawdown-exceeded':
    '純資産が口座の propRules の下限まで下がりました。再開するまで停止し、その状態が続く間は再び停止します。',
  'prop-daily-loss-exceeded':
    '口座の損失が propRules の maxDailyLoss に達しました。再開するまで停止し、その状態が続く間は再び停止します。',
  'prop-target-reached':
    '残高が propRules の profitTarget に達しました。再開するまで停止し、その状態が続く間は再び停止します。',
  'instrument-not-allowed': 'この銘柄は口座の allowedInstruments に含まれていません。',
  'instrument-unknown':
    '口座にこの銘柄はありません。GET /instruments に accountId を付けると一覧を確認できます。',
  'instrument-not-supported': 'この銘柄の数量は小数点以下の桁数が多く、正確に計算できません。',
  'units-invalid':
    '数量は0より大きく、銘柄の最小数量以上で、小数点以下の桁数が銘柄の桁数以内でなければなりません。',
  'price-invalid': '価格がないか、この注文の種類では使えません。',
  'stop-loss-on-wrong-side': '損切りの価格が、現在の価格に対して反対側にあります。',
  'take-profit-on-wrong-side': '利益確定の価格が、現在の価格に対して反対側にあります。',
  'trailing-distance-invalid':
    'トレーリングの幅が、銘柄の minimumTrailingDistance と maximumTrailingDistance の範囲外です。',
  'expiry-invalid': 'GTD の注文には将来の expiresAt が必要です。それ以外の注文には指定できません。',
  'time-in-force-invalid':
    '成行は FOK か IOC、指値と逆指値は GTC・GTD・GFD・FOK・IOC、その他は GTC・GTD・GFD のいずれかです。',
  'insufficient-margin': '必要な証拠金が口座の marginAvailable を超えています。',
  'no-conversion-price': '銘柄の通貨を口座の通貨に換算する価格がないか、古すぎます。',
  'position-unknown': '決済・縮小・保護の対象となるポジションがありません。',
  'order-unknown': 'そのような注文はありません。',
  'position-side-missing': 'この銘柄は買いと売りの両方があります。決済する側を指定してください。',
  'protection-exists': 'ポジションには同じ種類の注文がすでにあります。その注文を変更してください。',
  'price-and-distance': '損切りと利益確定は、価格と幅のどちらか一方で指定してください。',
  'trigger-condition-invalid': '成行注文は価格を待たないため、発動条件は指定できません。',
  'position-fill-invalid':
    'ポジションを保護する注文は縮小だけを行います。positionFill は指定しないでください。',
  'tag-invalid': 'タグとコメントは128文字以内です。',
  'oco-group-invalid':
    'グループの名前は1〜64文字で、注文の種類は limit、stop、market_if_touched のいずれかです。',
  'oco-group-filled':
    'このグループの注文はすでに約定しています。新しいグループには別の名前を付けてください。',
  'pending-orders-exceeded': '口座の注文数がブローカーの上限に達しています。',
  'open-positions-exceeded':
    'これから増える可能性のある注文を含め、ポジション数が上限に達しています（maxOpenPositions）。',
  'order-rate-exceeded':
    '1分間の注文数が口座の maxOrdersPerMinute に達しました。時間をおくか、注文元を確認してください。',
  'daily-trades-exceeded':
    'これから増える可能性のある注文を含め、当日の取引数が口座の maxTradesPerDay に達しました。1日の区切りはニューヨーク時間17:00です。',
  'spread-unusual':
    'スプレッドが、この時間帯について口座の maxSpreadRatio が認める幅を超えています。通常に戻るまでお待ちください。',
  'stop-loss-required':
    '口座の requireStopLoss により、新規の注文には stopLoss、stopLossDistance、trailingDistance のいずれかが必要です。',
  'before-weekend': 'まもなく週末または休日のため、口座の weekend により新規の注文はできません。',
  'around-roll-over': 'ニューヨーク時間17:00の前後は、口座の rollOver により新規の注文はできません。',
  'news-window': '口座の newsWindows により、この銘柄は現在新規の注文ができません。',
  'currency-exposure-exceeded':
    'この注文により、いずれかの通貨の純エクスポージャーが口座の maxCurrencyExposure を超える可能性があります。',
  'exposure-exceeded': 'この注文により、全ポジションの価値が口座の maxExposure を超える可能性があります。',
  'replacement-invalid': '注文は、銘柄・種類・売買が同じ注文とだけ置き換えられます。',
  'fifo-close-violated': '米国の口座の規則により、同じ数量のポジションは古いものから決済します。',
  'fifo-protection-violated':
    '米国の口座の規則により、同じ数量のポジションのうち、損切り・利益確定・トレーリングを設定できるのは1つだけです。別の数量にしてください。',
  'close-units-exceed-position': 'ポジションの数量が、指定された数量より少なくなっています。',
  'close-in-progress': 'ポジションはすでに決済中です。',
  'size-too-small': 'リスクの設定では、数量が1未満になります。',
};
