// Made from the documents of the API by `npm run api -- write`; not to be changed by hand.

export type Account = {
  readonly id: string;
  readonly name: string;
  readonly environment: 'paper' | 'practice' | 'live';

  /** Its id at the broker; null for a paper account. */
  readonly brokerAccountId: string | null;
  readonly currency: 'EUR' | 'GBP' | 'AUD' | 'NZD' | 'USD' | 'CAD' | 'CHF' | 'JPY';
  readonly hedging: boolean;

  /** The most leverage of any instrument; null when their own margin rates hold. */
  readonly leverage: number | null;
  readonly initialBalance: string | null;

  /** `error`: it cannot be run at the moment. It is tried again, at the latest every minute. */
  readonly status: 'idle' | 'trading' | 'halted' | 'error';

  /** Of an error: the name of its problem (`/problems/…`). */
  readonly statusCode: string | null;

  /** Why it is halted, or cannot be run. */
  readonly statusReason: string | null;
  readonly limits: AccountLimits;

  /** The limits that a live account does without, because its owner said so. */
  readonly waivedLimits: readonly string[];

  /** Whether the quotes of what it trades are stored. */
  readonly recordQuotes: boolean;

  /** Null until the broker has reported it. */
  readonly money: AccountMoney | null;
  readonly createdAt: string;
};

export type AccountLimits = {
  readonly maxOrderUnits: number | null;
  readonly maxPositionUnits: number | null;
  readonly maxDailyLoss: string | null;
  readonly maxSpreadPips: string | null;
  readonly allowedInstruments: readonly string[] | null;
  readonly maxCurrencyExposure: string | null;
  readonly maxExposure: string | null;
  readonly maxOpenPositions: number | null;
  readonly maxWeeklyLoss: string | null;
  readonly maxOrdersPerMinute: number | null;
  readonly maxTradesPerDay: number | null;
  readonly maxSpreadRatio: string | null;
  readonly requireStopLoss: { readonly distancePips: string | null } | null;
  readonly weekend: {
    readonly minutesBefore: number;
    readonly entries: string;
    readonly positions: string;
  } | null;
  readonly rollOver: { readonly minutesBefore: number; readonly minutesAfter: number } | null;
  readonly newsWindows:
    | readonly { readonly from: string; readonly to: string; readonly currencies?: readonly string[] }[]
    | null;
  readonly profitTarget: { readonly equity: string; readonly positions: string } | null;
  readonly profitLock: { readonly from: string; readonly keep: string; readonly positions: string } | null;
  readonly marginGuard: { readonly closeoutPercent: string; readonly positions: string } | null;
  readonly propRules: {
    readonly startEquity: string;
    readonly drawdown: string;
    readonly maxDrawdown: string;
    readonly maxDailyLoss: string | null;
    readonly profitTarget: string | null;
    readonly minTradingDays: number | null;
  } | null;
  readonly entryLeaseMinutes: number | null;
};

export type AccountMoney = {
  readonly at: string;
  readonly balance: string;

  /** The equity: balance and open result. */
  readonly nav: string;
  readonly unrealizedPnl: string;
  readonly marginUsed: string;
  readonly marginAvailable: string;

  /** The broker warns that margin is short. */
  readonly marginCall: boolean;

  /** Margin used / (2 × equity at middle prices): at 1 the broker closes everything. Null while a price is missing or the equity is gone. */
  readonly marginCloseoutPercent: string | null;
};

export type AccountRows = {
  readonly kind: 'snapshot' | 'changes';
  readonly account: Account;
  readonly orders: readonly Order[];
  readonly positions: readonly Position[];
  readonly trades: readonly Trade[];
};

export type AccountValues = {
  readonly kind: 'values';
  readonly accountId: string;
  readonly money: AccountMoney;
  readonly positions: readonly {
    readonly id: string;
    readonly price: string;
    readonly unrealizedPnl: string;
  }[];
};

/** Who did it. Null when the server did it by itself, and in entries of before this was kept. */
export type Actor = {
  readonly type: 'person' | 'administrator' | 'command';
  readonly userId: string | null;

  /** The username at the time, or the name of the command. Null for another person than the one who reads it. */
  readonly name: string | null;

  /** session or api-key. */
  readonly with: string | null;

  /** The name of the API key. */
  readonly keyName: string | null;
};

export type Event = {
  /** Its number. Pass the last one that you have seen as `after` to continue from there. */
  readonly sequence: number;

  /** When it was recorded, by the server's clock. */
  readonly recordedAt: string;

  /** When it happened by the clock of the account's market; the same as at the broker, another one on a sped-up or recorded paper market. Null for what has to do with no market. */
  readonly marketTime: string | null;

  /** The same as recordedAt. */
  readonly occurredAt: string;
  readonly category: 'trading' | 'system' | 'security' | 'admin';
  readonly type: string;
  readonly severity: 'debug' | 'info' | 'warning' | 'error' | 'critical';
  readonly description: string;
  readonly accountId: string | null;
  readonly strategyId: string | null;

  /** The order of whose timeline it is a step. */
  readonly orderId: string | null;
  readonly actor: Actor | null;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;

  /** Where your own request, or one about your sign-ins, came from. */
  readonly ipAddress: string | null;
};

export type Notification = {
  readonly id: string;

  /** The type of its journal entry. */
  readonly type: string;
  readonly severity: 'debug' | 'info' | 'warning' | 'error' | 'critical';

  /** One line, in the person's language. */
  readonly title: string;

  /** Some lines: what it is about, and what the journal says. */
  readonly message: string;

  /** The number of its journal entry; null when that is not kept any more. */
  readonly sequence: number | null;
  readonly accountId: string | null;
  readonly strategyId: string | null;
  readonly createdAt: string;

  /** Null while it is unread. */
  readonly readAt: string | null;
};

export type Order = {
  readonly id: string;
  readonly accountId: string;
  readonly strategyId: string | null;

  /** The position that the order protects or closes; of one that opened positions, the first of them (GET /positions with openingOrderId lists all). */
  readonly positionId: string | null;

  /** Its number at the broker, once the broker knows it. */
  readonly brokerOrderId: string | null;

  /** The order whose place it took. */
  readonly replacesOrderId: string | null;

  /** The order that took its place. */
  readonly replacedByOrderId: string | null;
  readonly createdBy: 'strategy' | 'person' | 'broker' | 'external';
  readonly instrument: string;
  readonly type:
    | 'market'
    | 'limit'
    | 'stop'
    | 'market_if_touched'
    | 'take_profit'
    | 'stop_loss'
    | 'trailing_stop';
  readonly side: 'buy' | 'sell';
  readonly units: number;
  readonly price: string | null;
  readonly priceBound: string | null;
  readonly takeProfit: string | null;
  readonly stopLoss: string | null;
  readonly trailingDistance: string | null;
  readonly takeProfitDistance: string | null;
  readonly stopLossDistance: string | null;
  readonly timeInForce: 'GTC' | 'GTD' | 'GFD' | 'FOK' | 'IOC';
  readonly expiresAt: string | null;

  /** When the broker ends it unless this server renews it before: see entryLeaseMinutes of the account. */
  readonly leaseUntil: string | null;
  readonly triggerCondition: 'DEFAULT' | 'INVERSE' | 'BID' | 'ASK' | 'MID';
  readonly positionFill: 'DEFAULT' | 'OPEN_ONLY' | 'REDUCE_FIRST' | 'REDUCE_ONLY';
  readonly tag: string | null;
  readonly comment: string | null;

  /** When one order of the group fills, the others are cancelled. */
  readonly ocoGroup: string | null;
  readonly status:
    | 'pending'
    | 'denied'
    | 'submitted'
    | 'accepted'
    | 'rejected'
    | 'partially_filled'
    | 'filled'
    | 'cancel_pending'
    | 'cancelled'
    | 'expired';

  /** Why it was denied, rejected or cancelled. */
  readonly reasonCode: string | null;
  readonly filledUnits: number;
  readonly averagePrice: string | null;
  readonly submittedAt: string | null;
  readonly filledAt: string | null;
  readonly cancelledAt: string | null;
  readonly createdAt: string;
};

export type Position = {
  readonly id: string;
  readonly accountId: string;
  readonly strategyId: string | null;
  readonly openingOrderId: string | null;

  /** The tag of the order that opened it. */
  readonly tag: string | null;

  /** Whether another program or a person at the broker opened it, or it was open before the account was connected. */
  readonly external: boolean;

  /** Its number at the broker. */
  readonly brokerPositionId: string;
  readonly instrument: string;
  readonly side: 'long' | 'short';
  readonly initialUnits: number;
  readonly openUnits: number;
  readonly entryPrice: string;
  readonly takeProfit: string | null;
  readonly stopLoss: string | null;
  readonly trailingDistance: string | null;

  /** Where it would close now: the bid of a long one, the ask of a short one. Null when it is closed, while a price is missing, and where this copy of the server does not run the account. */
  readonly price: string | null;

  /** What closing it at `price` would bring, in the account's currency. */
  readonly unrealizedPnl: string | null;
  readonly realizedPnl: string;
  readonly financing: string;
  readonly openedAt: string;
  readonly closedAt: string | null;
};

export type Quote = {
  readonly instrument: string;
  readonly at: string;
  readonly bid: string;
  readonly ask: string;
};

export type Trade = {
  readonly id: string;
  readonly accountId: string;
  readonly strategyId: string | null;
  readonly positionId: string;
  readonly closingOrderId: string | null;

  /** The number of the fill that closed it, in the broker's log. */
  readonly brokerTransactionId: string;
  readonly instrument: string;
  readonly side: 'long' | 'short';
  readonly units: number;
  readonly entryPrice: string;
  readonly exitPrice: string;
  readonly realizedPnl: string;
  readonly financing: string;
  readonly commission: string;

  /** What the trade changed the balance by: result and financing less commission. */
  readonly result: string;
  readonly exitReason: string;

  /** By the market's clock. */
  readonly openedAt: string;

  /** By the market's clock. */
  readonly closedAt: string;

  /** The same as closedAt, under the name that journal entries have for it. */
  readonly marketTime: string;

  /** When it was recorded, by the server's clock. */
  readonly recordedAt: string;
};

export type AccountChange = {
  /** For people. */
  readonly name?: string;

  /** The most that positions may be of what they bind: 20 makes no margin rate lower than 0.05. Those of the instruments hold when left out. */
  readonly leverage?: number | null;
  readonly limits?: NewAccountLimits;
  readonly recordQuotes?: boolean;

  /** The token that opens the account at the broker. It is stored encrypted, and shown to no one. */
  readonly token?: string;

  /** Your password, once more: for another token, and for what is about real money. */
  readonly password?: string;

  /** A code of the authenticator app, or a recovery code. Each opens once. */
  readonly code?: string;

  /** The limits that an account with real money is to do without; the others must be set. */
  readonly waivedLimits?: readonly (
    | 'maxOrderUnits'
    | 'maxPositionUnits'
    | 'maxDailyLoss'
    | 'maxSpreadPips'
  )[];
};

export type AccountList = { readonly items: readonly Account[] };

export type AccountOfPerson = {
  readonly id: string;
  readonly userId: string;
  readonly username: string;
  readonly name: string;
  readonly environment: 'paper' | 'practice' | 'live';
  readonly currency: string;
  readonly status: 'idle' | 'trading' | 'halted' | 'error';
  readonly statusReason: string | null;

  /** Since when an administrator holds it, if one does. */
  readonly heldSince: string | null;
  readonly holdReason: string | null;
};

export type AccountOfPersonPage = {
  readonly items: readonly AccountOfPerson[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type AccountSummary = {
  readonly accountId: string;
  readonly status: 'idle' | 'trading' | 'halted' | 'error';

  /** Of an error: the name of its problem (`/problems/…`). */
  readonly statusCode: string | null;

  /** Why it is halted, or cannot be run, and what to do. */
  readonly statusReason: string | null;

  /** Whether the numbers are of this moment, or the last that were stored. */
  readonly source: 'live' | 'stored';

  /** Whether new exposure is denied, by its owner or by a rule. */
  readonly isHalted: boolean;
  readonly money: AccountMoney | null;
  readonly openOrders: number;
  readonly openPositions: number;

  /** How far the clock of the server is ahead of the broker's at least, by its newest answer; below zero when it is behind. Null where that is not known, and of paper accounts. */
  readonly clockAheadMs: number | null;

  /** The trading day so far. Null while a price is missing, and where this copy of the server does not run the account. */
  readonly today: PeriodResult | null;

  /** The trading week so far. Null while a price is missing, and where this copy of the server does not run the account. */
  readonly thisWeek: PeriodResult | null;

  /** How far off each limit on losses is that is set. Null where this copy of the server does not run the account. */
  readonly lossLimits: readonly LossLimit[] | null;

  /** How far off each other rule about the equity is that is set. Null where this copy of the server does not run the account. */
  readonly equityRules: readonly EquityRule[] | null;

  /** The net exposure to each currency: a long EUR_USD holds EUR and owes USD. Null while a price is missing, and where this copy of the server does not run the account. */
  readonly exposure: readonly Exposure[] | null;
};

export type AddedNotificationChannel = {
  readonly id: string;
  readonly kind: 'email' | 'webhook' | 'telegram' | 'slack' | 'discord' | 'push';
  readonly name: string;

  /** This severity and higher ones; warning when left out. */
  readonly minSeverity: 'debug' | 'info' | 'warning' | 'error' | 'critical';
  readonly mutedTypes: readonly string[];

  /** Whether all that is not critical comes once a day. */
  readonly isDigest: boolean;

  /** Whether what is critical and not read is sent here again, as `/notification-settings` say; it is when left out. */
  readonly isEscalation: boolean;
  readonly isOn: boolean;

  /** The host or the chat that it leads to; null for e-mail. The address itself is not shown. */
  readonly target: string | null;

  /** Why the server turned it off. */
  readonly offReason: string | null;
  readonly createdAt: string;

  /** What messages to a webhook are signed with. Shown this once. */
  readonly signingSecret: string | null;
};

export type AdministeredEvent = {
  /** Its number. Pass the last one that you have seen as `after` to continue from there. */
  readonly sequence: number;

  /** When it was recorded, by the server's clock. */
  readonly recordedAt: string;

  /** When it happened by the clock of the account's market; the same as at the broker, another one on a sped-up or recorded paper market. Null for what has to do with no market. */
  readonly marketTime: string | null;

  /** The same as recordedAt. */
  readonly occurredAt: string;
  readonly category: 'trading' | 'system' | 'security' | 'admin';
  readonly type: string;
  readonly severity: 'debug' | 'info' | 'warning' | 'error' | 'critical';
  readonly description: string;
  readonly accountId: string | null;
  readonly strategyId: string | null;

  /** The order of whose timeline it is a step. */
  readonly orderId: string | null;
  readonly actor: Actor | null;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;

  /** Where the request came from. */
  readonly ipAddress: string | null;

  /** The person that it is about. */
  readonly userId: string | null;

  /** The browser or program that sent the request. */
  readonly userAgent: string | null;
};

export type AdministeredEventPage = {
  readonly items: readonly AdministeredEvent[];

  /** Where to read on. Oldest first: the number of the last entry that was looked at, or what was passed when there was none; null when there never was one. Newest first: null at the end. */
  readonly nextCursor: number | null;
};

export type AdministratorReason = {
  /** Why; its owner reads it. */
  readonly reason?: string;
};

export type ApiKey = {
  readonly id: string;
  readonly name: string;

  /** The last characters of the token. */
  readonly tokenEnd: string;

  /** read: only reads. trade: also orders, strategies and settings. admin: also what administrators may, except to set passwords and change people. */
  readonly scope: 'read' | 'trade' | 'admin';

  /** Where it may be used from; null is everywhere. */
  readonly addressRange: string | null;

  /** Null is never. */
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
};

export type ApiKeyList = { readonly items: readonly ApiKey[] };

export type Backtest = {
  readonly id: string;
  readonly strategyType: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly instrument: string;
  readonly seriesId: string;

  /** The price series by instrument, that of its own instrument and of pairs that convert included. */
  readonly series: Readonly<Record<string, string>>;
  readonly from: string;
  readonly to: string;
  readonly initialBalance: string;
  readonly currency: string;
  readonly costs: BacktestCosts;
  readonly limits: BacktestLimits;
  readonly hedging: boolean;
  readonly seed: number;

  /** Equal for backtests that must have equal results. */
  readonly specHash: string;
  readonly engineVersion: string;
  readonly status: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
  readonly progress: number;

  /** How many prices went through so far; a candle counts four. */
  readonly quotes: number;

  /** Why it failed. */
  readonly error: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
};

export type BacktestCosts = {
  readonly slippagePips: string;
  readonly commissionPerMillion: string;
  readonly conversionMarkup: string;
  readonly financing: boolean | { readonly longRate: string; readonly shortRate: string };
  readonly depth: Readonly<
    Record<string, readonly { readonly units: number; readonly pipsWorse: string }[]>
  > | null;
};

export type BacktestEquity = {
  /** At most 2,000, open result included. */
  readonly points: readonly { readonly at: string; readonly equity: string }[];
};

export type BacktestLimits = {
  readonly maxOrderUnits: number | null;
  readonly maxPositionUnits: number | null;
  readonly maxDailyLoss: string | null;
  readonly maxSpreadPips: string | null;
  readonly maxCurrencyExposure: string | null;
  readonly maxExposure: string | null;
  readonly maxOpenPositions: number | null;
  readonly maxWeeklyLoss: string | null;
  readonly maxOrdersPerMinute: number | null;
  readonly maxTradesPerDay: number | null;
  readonly maxSpreadRatio: string | null;
  readonly requireStopLoss: { readonly distancePips: string | null } | null;
  readonly weekend: {
    readonly minutesBefore: number;
    readonly entries: string;
    readonly positions: string;
  } | null;
  readonly rollOver: { readonly minutesBefore: number; readonly minutesAfter: number } | null;
  readonly newsWindows:
    | readonly { readonly from: string; readonly to: string; readonly currencies?: readonly string[] }[]
    | null;
  readonly profitTarget: { readonly equity: string; readonly positions: string } | null;
  readonly profitLock: { readonly from: string; readonly keep: string; readonly positions: string } | null;
  readonly marginGuard: { readonly closeoutPercent: string; readonly positions: string } | null;
  readonly propRules: {
    readonly startEquity: string;
    readonly drawdown: string;
    readonly maxDrawdown: string;
    readonly maxDailyLoss: string | null;
    readonly profitTarget: string | null;
    readonly minTradingDays: number | null;
  } | null;
};

export type BacktestPage = {
  readonly items: readonly Backtest[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type BacktestResults = {
  readonly finalBalance: string;
  readonly finalEquity: string;

  /** The part of the equity that was still open, valued at the last price. */
  readonly openResult: string;

  /** Null means undefined for this run: too little data, or nothing to divide by. Shares are plain, 0.01 is 1 %. */
  readonly metrics: {
    readonly totalReturn: number | null;
    readonly cagr: number | null;
    readonly arithmeticAnnualReturn: number | null;
    readonly volatility: number | null;
    readonly marketChange: number | null;
    readonly sharpe: number | null;
    readonly sharpeStandardError: number | null;
    readonly probabilisticSharpe: number | null;
    readonly deflatedSharpe: number | null;
    readonly sortino: number | null;
    readonly maxDrawdown: number | null;
    readonly maxBalanceDrawdown: number | null;
    readonly averageDrawdown: number | null;
    readonly calmar: number | null;
    readonly calmar36Months: number | null;
    readonly mar: number | null;
    readonly ulcerIndex: number | null;
    readonly martin: number | null;
    readonly painIndex: number | null;
    readonly recoveryFactor: number | null;
    readonly profitFactor: number | null;
    readonly winRate: number | null;
    readonly payoff: number | null;
    readonly expectancyR: number | null;
    readonly expectancyRatio: number | null;
    readonly systemQuality: number | null;
    readonly systemQualityR: number | null;
    readonly kelly: number | null;
    readonly exposure: number | null;
    readonly turnoverPerDay: number | null;
    readonly skew: number | null;
    readonly excessKurtosis: number | null;
    readonly valueAtRisk95: number | null;
    readonly valueAtRisk95Normal: number | null;
    readonly conditionalValueAtRisk95: number | null;
    readonly omega: number | null;
    readonly tailRatio: number | null;
    readonly gainToPain: number | null;
    readonly stability: number | null;
    readonly kRatio: number | null;
    readonly netProfit: string | null;
    readonly maxDrawdownMoney: string | null;
    readonly maxBalanceDrawdownMoney: string | null;
    readonly expectancy: string | null;
    readonly averageMae: string | null;
    readonly averageMfe: string | null;
    readonly averageGiveBack: string | null;
    readonly trades: number | null;
    readonly wins: number | null;
    readonly losses: number | null;
    readonly breakEvens: number | null;
    readonly maxConsecutiveWins: number | null;
    readonly maxConsecutiveLosses: number | null;
    readonly longestDrawdownMs: number | null;
    readonly longestDrawdownDays: number | null;
    readonly recoveryMs: number | null;
    readonly averageHoldingMs: number | null;
    readonly medianHoldingMs: number | null;
    readonly averageWinHoldingMs: number | null;
    readonly medianWinHoldingMs: number | null;
    readonly averageLossHoldingMs: number | null;
    readonly medianLossHoldingMs: number | null;
    readonly longestDrawdownIsOpen: boolean;
    readonly worstMae: string | null;
    readonly bestMfe: string | null;
  };

  /** Gross less the five lines is net. Positive was paid. */
  readonly costs: {
    readonly gross: string;
    readonly spread: string;
    readonly slippage: string;
    readonly commission: string;
    readonly financing: string;
    readonly conversion: string;
    readonly net: string;
  };

  /** Orders that the risk rules denied. */
  readonly deniedOrders: number;

  /** How many orders each rule denied, by its code; null in reports made before this was kept. */
  readonly denials: Readonly<Record<string, number>> | null;

  /** How many orders the exchange cancelled, by its reason; null likewise. */
  readonly cancellations: Readonly<Record<string, number>> | null;

  /** What the strategy wanted to trade while the market was closed, by what became of it; null likewise. */
  readonly closedMarket: { readonly entries: SignalCounts; readonly exits: SignalCounts } | null;

  /** The choices behind the numbers: periods a year, risk-free rate, what a day is. */
  readonly conventions: Readonly<Record<string, unknown>>;
};

export type BacktestTrade = {
  readonly ordinal: number;
  readonly instrument: string;
  readonly side: 'long' | 'short';
  readonly units: number;
  readonly openedAt: string;
  readonly closedAt: string;
  readonly entryPrice: string;
  readonly exitPrice: string;
  readonly exitReason:
    | 'market'
    | 'limit'
    | 'stop'
    | 'market_if_touched'
    | 'take_profit'
    | 'stop_loss'
    | 'trailing_stop'
    | 'close'
    | 'margin_closeout';

  /** After all costs. */
  readonly result: string;
  readonly spreadCost: string;
  readonly slippage: string;
  readonly commission: string;
  readonly financing: string;
  readonly conversionCost: string;

  /** The worst open result on the way. */
  readonly mae: string;

  /** The best open result on the way. */
  readonly mfe: string;
};

export type BacktestTradePage = {
  readonly items: readonly BacktestTrade[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type Backup = {
  readonly id: string;

  /** The moment whose data it holds. */
  readonly madeAt: string;

  /** Where what made it wrote it. */
  readonly location: string;
  readonly sizeBytes: number;
  readonly sha256: string;

  /** The newest migration that was applied. */
  readonly migrationsHead: string | null;

  /** When it was last restored and compared. */
  readonly verifiedAt: string | null;
};

export type BackupList = { readonly items: readonly Backup[] };

export type BlockedIp = {
  readonly id: string;
  readonly ipAddress: string;
  readonly reason: string;
  readonly blockedAt: string;

  /** Null is for ever. */
  readonly blockedUntil: string | null;
};

export type BlockedIpList = { readonly items: readonly BlockedIp[] };

export type Booking = {
  /** The number of the transaction in the broker's log. */
  readonly transactionId: string;
  readonly at: string;
  readonly kind: 'opening' | 'transfer' | 'trade' | 'financing' | 'dividend' | 'other';
  readonly instrument: string | null;

  /** What the balance changed by: the sum of the five below. */
  readonly amount: string;

  /** Results of closed positions. */
  readonly realizedPnl: string;

  /** Interest and dividends; below zero when they were paid. */
  readonly financing: string;

  /** Below zero when it was paid. */
  readonly commission: string;

  /** Paid in or out, or there when the account was connected. */
  readonly transferred: string;

  /** What the broker's log states and does not explain. */
  readonly other: string;

  /** The balance after it. */
  readonly balance: string;
};

export type BookingPage = {
  readonly items: readonly Booking[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type BulkOrderAnswer = { readonly items: readonly BulkOrderItem[] };

export type BulkOrderItem = {
  /** The order that was to be cancelled, or the position that was to be closed. */
  readonly id: string;

  /** The HTTP status that a request about this one alone would have been answered with. */
  readonly status: number;

  /** Of a success: the order as it is now, or the order that closes the position. */
  readonly order?: Order;

  /** Of a refusal. */
  readonly problem?: Problem;
};

export type Candle = {
  readonly startsAt: string;

  /** The candle ends before this time. */
  readonly endsAt: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;

  /** The quotes that it is made of; null where candles were stored. */
  readonly quotes: number | null;

  /** Whether it has ended; prices may still be added to one that has not. */
  readonly complete: boolean;
};

export type CandlePage = {
  readonly instrument: string;
  readonly granularity:
    | 'S5'
    | 'S10'
    | 'S15'
    | 'S30'
    | 'M1'
    | 'M2'
    | 'M4'
    | 'M5'
    | 'M10'
    | 'M15'
    | 'M30'
    | 'H1'
    | 'H2'
    | 'H3'
    | 'H4'
    | 'H6'
    | 'H8'
    | 'H12'
    | 'D'
    | 'W'
    | 'M';
  readonly price: 'bid' | 'ask' | 'mid';
  readonly items: readonly Candle[];

  /** Leads to the candles after these, or before them where no `from` was given; null on the last page. */
  readonly nextCursor: string | null;
};

export type CloseNetPosition = {
  readonly accountId: string;

  /** Which side to close; needed where a hedging account has both. */
  readonly side?: 'long' | 'short';

  /** How many units; all of them when left out. */
  readonly units?: number;
};

export type ClosePosition = {
  /** How many units; all of them when left out. */
  readonly units?: number;
};

export type Denial = {
  readonly code:
    | 'account-halted'
    | 'market-closed'
    | 'no-quote'
    | 'stale-quote'
    | 'spread-too-wide'
    | 'order-units-exceeded'
    | 'position-units-exceeded'
    | 'daily-loss-exceeded'
    | 'weekly-loss-exceeded'
    | 'profit-target-reached'
    | 'profit-locked'
    | 'margin-guard-reached'
    | 'prop-drawdown-exceeded'
    | 'prop-daily-loss-exceeded'
    | 'prop-target-reached'
    | 'instrument-not-allowed'
    | 'instrument-unknown'
    | 'instrument-not-supported'
    | 'units-invalid'
    | 'price-invalid'
    | 'stop-loss-on-wrong-side'
    | 'take-profit-on-wrong-side'
    | 'trailing-distance-invalid'
    | 'expiry-invalid'
    | 'time-in-force-invalid'
    | 'insufficient-margin'
    | 'no-conversion-price'
    | 'position-unknown'
    | 'order-unknown'
    | 'position-side-missing'
    | 'protection-exists'
    | 'price-and-distance'
    | 'trigger-condition-invalid'
    | 'position-fill-invalid'
    | 'tag-invalid'
    | 'oco-group-invalid'
    | 'oco-group-filled'
    | 'pending-orders-exceeded'
    | 'open-positions-exceeded'
    | 'order-rate-exceeded'
    | 'daily-trades-exceeded'
    | 'spread-unusual'
    | 'stop-loss-required'
    | 'before-weekend'
    | 'around-roll-over'
    | 'news-window'
    | 'currency-exposure-exceeded'
    | 'exposure-exceeded'
    | 'replacement-invalid'
    | 'fifo-close-violated'
    | 'fifo-protection-violated'
    | 'close-units-exceed-position'
    | 'close-in-progress'
    | 'size-too-small';
  readonly detail: string;

  /** The field of the request that it is about. */
  readonly pointer: string;

  /** The numbers that were compared, with their units. */
  readonly facts: Readonly<Record<string, { readonly value: string; readonly unit: string }>>;
};

export type DepthBucket = { readonly units: number; readonly pipsWorse: string };

export type Drift = {
  readonly strategyId: string;
  readonly accountId: string;
  readonly instrument: string;
  readonly from: string;
  readonly to: string;
  readonly openingBalance: string;

  /** The recorded quotes that the backtest ran on. */
  readonly quotes: number;
  readonly gaps: readonly PriceGap[];
  readonly expected: DriftSide;
  readonly real: DriftSide;
  readonly difference: string;

  /** The difference by cause; they add up to it. */
  readonly parts: readonly DriftPart[];
  readonly trades: readonly {
    readonly expected: DriftTrade | null;
    readonly real: DriftTrade | null;
    readonly parts: readonly DriftPart[];
  }[];

  /** What the risk rules denied in the backtest, by code. */
  readonly denials: Readonly<Record<string, number>>;
};

export type DriftPart = {
  readonly cause:
    | 'spread'
    | 'slippage'
    | 'conversion'
    | 'financing'
    | 'commission'
    | 'units'
    | 'price'
    | 'exit'
    | 'manual-exit'
    | 'denied'
    | 'rejected'
    | 'cancelled'
    | 'not-running'
    | 'not-sent'
    | 'quotes-missing'
    | 'opened-before'
    | 'not-expected';

  /** Of a denial, rejection or cancellation. */
  readonly code: string | null;

  /** By how much the real result is better; negative when it is worse. */
  readonly amount: string;
};

export type DriftSide = {
  /** Net result of the trades that were closed. */
  readonly result: string;
  readonly trades: number;

  /** Still open at the end; not in the result. */
  readonly openPositions: number;
};

export type DriftTrade = {
  readonly side: 'long' | 'short';
  readonly units: number;
  readonly openedAt: string;
  readonly closedAt: string;
  readonly entryPrice: string;
  readonly exitPrice: string;
  readonly exitReason: string;
  readonly result: string;
};

export type EmailAddress = { readonly email: string };

export type EmailChange = {
  readonly email: string;
  readonly password: string;

  /** A code of the authenticator app, or a recovery code. Each opens once. */
  readonly code?: string;
};

export type EmailToken = {
  /** The code from the e-mail. */
  readonly token: string;
};

export type EndedSessions = {
  /** How many sessions ended. */
  readonly ended: number;
};

export type EquityHistory = {
  readonly resolution: 'M1' | 'H1' | 'D';

  /** The last values seen in each step, oldest first. A step without a point is as the one before it. */
  readonly points: readonly {
    /** The start of the minute, hour or trading day. */
    readonly at: string;
    readonly balance: string;

    /** The equity. */
    readonly nav: string;
  }[];
};

export type EquityRule = {
  readonly name:
    | 'profitTarget'
    | 'profitLock'
    | 'marginGuard'
    | 'propRules.maxDrawdown'
    | 'propRules.maxDailyLoss'
    | 'propRules.profitTarget';

  /** The equity at which it halts the account; of `propRules.profitTarget` the balance. */
  readonly haltsAt: string | null;

  /** How far that is. Null while it is not known, or the rule does not count yet. */
  readonly distance: string | null;

  /** Whether it holds back new exposure. */
  readonly reached: boolean;
};

export type EventPage = {
  readonly items: readonly Event[];

  /** Where to read on. Oldest first: the number of the last entry that was looked at, or what was passed when there was none; null when there never was one. Newest first: null at the end. */
  readonly nextCursor: number | null;
};

export type Exposure = {
  readonly currency: string;

  /** In the currency itself: above zero it is held, below it is owed. */
  readonly amount: string;

  /** In the account's currency, at middle prices. */
  readonly value: string;
};

export type FileForm = { readonly file: Blob };

export type FinancingRates = { readonly longRate: string; readonly shortRate: string };

/** What the broker said of the account when it was connected. */
export type FoundAtBroker = {
  /** The name that the account has at the broker. */
  readonly alias: string | null;
  readonly currency: 'EUR' | 'GBP' | 'AUD' | 'NZD' | 'USD' | 'CAD' | 'CHF' | 'JPY';
  readonly hedging: boolean;
  readonly balance: string;
  readonly openPositions: number;
  readonly openOrders: number;

  /** How many instruments it can trade. */
  readonly instruments: number;
};

export type Health = {
  readonly status: 'starting' | 'ready' | 'stopping' | 'failed';

  /** What the server does now, such as "migrating". */
  readonly phase: string;

  /** How long the phase has lasted. */
  readonly elapsedMs: number;

  /** The migration that runs. */
  readonly migration?: string;

  /** Which of those to be applied it is, from 1. */
  readonly index?: number;

  /** How many are to be applied. */
  readonly total?: number;

  /** Who holds what is waited for. */
  readonly blockedBy?: string;

  /** Why the start failed, and what to do. */
  readonly reason?: string;
};

export type Instrument = {
  readonly name: string;
  readonly baseCurrency: string;
  readonly quoteCurrency: string;

  /** Digits after the point in a price. */
  readonly pricePrecision: number;

  /** One pip is ten to this power. */
  readonly pipLocation: number;

  /** Digits after the point in units; one with more than six cannot be traded here. */
  readonly unitsPrecision: number;
  readonly minimumUnits: number;
  readonly maximumOrderUnits: number;
  readonly maximumPositionUnits: number | null;

  /** The part of a position's value that it binds; with `accountId` as the account's leverage raises it. */
  readonly marginRate: string;
  readonly minimumTrailingDistance: string;
  readonly maximumTrailingDistance: string;
  readonly financing: InstrumentFinancing;
  readonly tradingHours: 'forex' | 'forex_nzd' | 'metals';
};

export type InstrumentFinancing = {
  /** Part of a long position's value per year; negative is paid. */
  readonly longRate: string;
  readonly shortRate: string;

  /** Days charged at 17:00 New York, by the weekday there: seven numbers, Sunday first. */
  readonly daysCharged: readonly number[];
};

export type InstrumentList = { readonly items: readonly Instrument[] };

export type Job = {
  readonly name: string;
  readonly does: string;
  readonly schedule: string;

  /** What becomes of a turn that no copy made, because none ran or the one that made it died: it is made once, as soon as a copy runs, or skipped. */
  readonly missed: 'catch-up' | 'skip';

  /** What became of the newest run; `waiting`: there was none yet; `interrupted`: its copy of the server died or stopped. */
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped' | 'interrupted';

  /** Its next turn, or earlier after a failure. In the past when it is about to begin. */
  readonly nextRunAt: string | null;

  /** For which turn the newest run was made. */
  readonly turnAt: string | null;
  readonly startedAt: string | null;

  /** Null while it runs. */
  readonly finishedAt: string | null;

  /** When a run was done last. */
  readonly succeededAt: string | null;

  /** What the newest run that was done said. */
  readonly result: string | null;

  /** Why the newest run failed; null when none failed since one was done. */
  readonly error: string | null;

  /** How many runs failed since one was done. */
  readonly failures: number;

  /** The copy of the server that made the newest run: its machine and process. */
  readonly copy: string | null;
};

export type JobList = { readonly items: readonly Job[] };

export type Liveness = { readonly status: 'live' };

export type LossLimit = {
  readonly name: 'maxDailyLoss' | 'maxWeeklyLoss';
  readonly limit: string;

  /** The loss since 17:00 New York (of a week on Friday), or since the account was resumed; below zero for a gain. */
  readonly loss: string | null;

  /** How much more may be lost. */
  readonly remaining: string | null;

  /** Whether it holds back new exposure. */
  readonly reached: boolean;
};

export type MadeApiKey = {
  readonly id: string;
  readonly name: string;

  /** The last characters of the token. */
  readonly tokenEnd: string;

  /** read: only reads. trade: also orders, strategies and settings. admin: also what administrators may, except to set passwords and change people. */
  readonly scope: 'read' | 'trade' | 'admin';

  /** Where it may be used from; null is everywhere. */
  readonly addressRange: string | null;

  /** Null is never. */
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;

  /** Shown this once. To be sent as "Authorization: Bearer …". */
  readonly token: string;
};

export type ManagedPerson = {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly role: 'trader' | 'admin';
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly timezone: string;
  readonly language: 'en' | 'ja';
  readonly emailVerifiedAt: string | null;
  readonly lastLoginAt: string | null;
  readonly createdAt: string;

  /** locked: until `lockedUntil`, after failed sign-ins, not from where they never signed in before; disabled: not at all. */
  readonly status: 'active' | 'locked' | 'disabled';
  readonly lockedUntil: string | null;

  /** Since the last sign-in. */
  readonly failedLoginAttempts: number;
};

export type ManagedPersonPage = {
  readonly items: readonly ManagedPerson[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type MarkNotificationsRead = {
  /** What comes in while the list is looked at stays unread. */
  readonly upTo?: string;
};

export type MarkedNotifications = {
  /** How many were unread. */
  readonly marked: number;
};

export type MarketClock = {
  /** The market's time; on a recorded or sped-up market not the time on the wall. */
  readonly marketTime: string;

  /** Whether forex trades: from Sunday 17:03 to Friday 16:58, New York time, without 25 December and 1 January and the pause from 16:58 to 17:03 of each day. Gold and silver open at 18:03. */
  readonly isOpen: boolean;
  readonly nextOpenAt: string | null;
};

export type Migration = {
  readonly name: string;

  /** expand, contract or data. */
  readonly phase: string | null;

  /** `waiting`: a contract that a person runs; `ahead`: applied, and unknown to this version; `unlisted`: a file that the list lacks. */
  readonly state:
    | 'applied'
    | 'faked'
    | 'squashed'
    | 'adoptable'
    | 'pending'
    | 'waiting'
    | 'ahead'
    | 'unlisted';
  readonly appliedAt: string | null;

  /** The user of the database. */
  readonly appliedBy: string | null;
  readonly durationMs: number | null;

  /** edited, missing file, or late. */
  readonly faults: readonly string[];

  /** Why a contract may not run yet. */
  readonly obstacles: readonly string[];
};

export type Migrations = {
  /** The newest migration that this version has. */
  readonly head: string | null;

  /** What is wrong between this version's files and its list of them; empty when they agree. */
  readonly faults: readonly string[];
  readonly items: readonly Migration[];

  /** Changes of many rows that migrations asked for. */
  readonly backfills: readonly {
    readonly name: string;
    readonly state: string;
    readonly rowsDone: number;
    readonly error: string | null;
  }[];
};

export type NetPosition = {
  readonly instrument: string;

  /** Long less short. */
  readonly netUnits: number;
  readonly longUnits: number;
  readonly shortUnits: number;
  readonly averagePrice: string | null;

  /** Where the side that outweighs would close now. Null when it is not known. */
  readonly price: string | null;

  /** What closing all of it would bring, in the account's currency. Null when it is not known. */
  readonly unrealizedPnl: string | null;
};

export type NetPositionList = { readonly items: readonly NetPosition[] };

export type NewAccount = {
  /** For people. */
  readonly name: string;

  /** `paper` is simulated; `practice` and `live` are accounts at OANDA, which a token opens. */
  readonly environment: 'paper' | 'practice' | 'live';

  /** Of a paper account. */
  readonly currency?: 'EUR' | 'GBP' | 'AUD' | 'NZD' | 'USD' | 'CAD' | 'CHF' | 'JPY';

  /** What a paper account starts with. */
  readonly initialBalance?: string;

  /** Whether a paper account may be long and short at once; it may not when left out. */
  readonly hedging?: boolean;

  /** The most that positions may be of what they bind: 20 makes no margin rate lower than 0.05. Those of the instruments hold when left out. */
  readonly leverage?: number;

  /** The token that opens the account at the broker. It is stored encrypted, and shown to no one. */
  readonly token?: string;

  /** The account at the broker. When it is left out, the answer lists those that the token opens. */
  readonly brokerAccountId?: string;

  /** Your password, once more: for another token, and for what is about real money. */
  readonly password?: string;

  /** A code of the authenticator app, or a recovery code. Each opens once. */
  readonly code?: string;

  /** Of a live account: its `brokerAccountId` once more, because this account trades real money. */
  readonly confirmLive?: string;
  readonly limits?: NewAccountLimits;

  /** The limits that an account with real money is to do without; the others must be set. */
  readonly waivedLimits?: readonly (
    | 'maxOrderUnits'
    | 'maxPositionUnits'
    | 'maxDailyLoss'
    | 'maxSpreadPips'
  )[];
};

export type NewAccountLimits = {
  /** The most units of one order. */
  readonly maxOrderUnits?: number | null;

  /** The most units of one instrument, all positions together. */
  readonly maxPositionUnits?: number | null;

  /** The largest loss since 17:00 New York, in the account's currency. */
  readonly maxDailyLoss?: string | null;

  /** The widest spread to trade at. */
  readonly maxSpreadPips?: string | null;
  readonly allowedInstruments?: readonly string[] | null;

  /** The largest net exposure to any one currency over all pairs, in the account's currency. */
  readonly maxCurrencyExposure?: string | null;

  /** The largest value of all positions together, in the account's currency. */
  readonly maxExposure?: string | null;

  /** The most open positions, with those that entry orders may still open. */
  readonly maxOpenPositions?: number | null;

  /** The largest loss since Friday 17:00 New York, open result included, in the account's currency. */
  readonly maxWeeklyLoss?: string | null;

  /** The most entries within a minute; closing is never held up. */
  readonly maxOrdersPerMinute?: number | null;

  /** The most orders that open a position on one trading day. */
  readonly maxTradesPerDay?: number | null;

  /** How many times its usual width, of the hour of the week, a spread may have. */
  readonly maxSpreadRatio?: string | null;

  /** Entries need a stop loss or a trailing stop, and positions have one. */
  readonly requireStopLoss?: {
    /** At what distance a position without a stop gets one; it is only reported when left out. */
    readonly distancePips?: string;
  } | null;

  /** Opens nothing before the market closes for a weekend or a holiday. */
  readonly weekend?: {
    readonly minutesBefore: number;

    /** Whether entries that rest are cancelled then. */
    readonly entries?: 'deny' | 'cancel';

    /** Whether positions are closed then; that cancels what rests, too. */
    readonly positions?: 'keep' | 'close';
  } | null;

  /** Opens nothing around 17:00 New York. */
  readonly rollOver?: { readonly minutesBefore: number; readonly minutesAfter: number } | null;
  readonly newsWindows?:
    | readonly {
        readonly from: string;
        readonly to: string;

        /** Of these currencies; of all when left out. */
        readonly currencies?: readonly string[];
      }[]
    | null;

  /** Halts the account when its equity has reached an amount. */
  readonly profitTarget?: {
    /** The equity at which it halts. */
    readonly equity: string;

    /** Whether positions stay open then, with their protection. They do when it is left out. */
    readonly positions?: 'keep' | 'close';
  } | null;

  /** Halts the account when it gives back too much of the profit of a trading day. */
  readonly profitLock?: {
    /** The day's profit from which it counts. */
    readonly from: string;

    /** The part of the largest profit of the day at which it halts. */
    readonly keep: string;

    /** Whether positions stay open then, with their protection. They do when it is left out. */
    readonly positions?: 'keep' | 'close';
  } | null;

  /** Halts the account before its broker closes everything. */
  readonly marginGuard?: {
    /** The marginCloseoutPercent at which it halts; at 1 the broker closes everything. */
    readonly closeoutPercent: string;

    /** Whether the position with the largest loss is closed then, and the next one while that was not enough. */
    readonly positions?: 'keep' | 'close_largest_loss';
  } | null;

  /** The rules under which a firm's money is traded. Each halts the account until a person resumes it. */
  readonly propRules?: {
    /** What the account started with. */
    readonly startEquity: string;

    /** Whether the equity may fall from the start, or from its highest since. */
    readonly drawdown: 'static' | 'trailing';

    /** How far. */
    readonly maxDrawdown: string;

    /** The largest loss since 17:00 New York. */
    readonly maxDailyLoss?: string;

    /** By how much the balance is to grow. */
    readonly profitTarget?: string;

    /** On how many trading days a position must be opened before the target counts. */
    readonly minTradingDays?: number;
  } | null;

  /** For how many minutes the broker keeps entries that rest when this server does not renew them. Not for paper accounts. */
  readonly entryLeaseMinutes?: number | null;
};

export type NewApiKey = {
  /** For people, such as the name of the program. */
  readonly name: string;

  /** read: only reads. trade: also orders, strategies and settings. admin: also what administrators may, except to set passwords and change people. */
  readonly scope: 'read' | 'trade' | 'admin';

  /** The only address or range it may be used from. */
  readonly addressRange?: string;
  readonly expiresAt?: string;
  readonly password: string;

  /** A code of the authenticator app, or a recovery code. Each opens once. */
  readonly code?: string;
};

export type NewBacktest = {
  readonly strategyType: string;

  /** See the strategy type; what is left out has its default. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly instrument: string;

  /** The newest series of the instrument when left out. */
  readonly seriesId?: string;

  /** Price series by instrument, such as of a pair that converts; of those left out, the one that covers most of the range. */
  readonly series?: Readonly<Record<string, string>>;

  /** The start of what all series have in common when left out. */
  readonly from?: string;

  /** Excluded; the end of that when left out. */
  readonly to?: string;

  /** 10000 when left out. */
  readonly initialBalance?: string;

  /** The quote currency of the instrument when left out, or the base where no account is kept in that. Another one needs price series of pairs that convert to it. */
  readonly currency?: 'EUR' | 'GBP' | 'AUD' | 'NZD' | 'USD' | 'CAD' | 'CHF' | 'JPY';
  readonly costs?: NewBacktestCosts;
  readonly limits?: NewBacktestLimits;

  /** Whether the account may be long and short at once. */
  readonly hedging?: boolean;
  readonly seed?: number;
};

export type NewBacktestCosts = {
  /** By how much fills are worse than the price in force. */
  readonly slippagePips?: string;

  /** In account currency, for a million units, at each fill. */
  readonly commissionPerMillion?: string;

  /** How much worse than the middle rate results are converted. */
  readonly conversionMarkup?: string;

  /** Whether holding positions overnight is charged; with rates, at those instead of the instrument's. True when left out. */
  readonly financing?: boolean | FinancingRates;

  /** By instrument, how many units the market takes at which distance from its best price; any size at the best price when left out. */
  readonly depth?: Readonly<Record<string, readonly DepthBucket[]>>;
};

export type NewBacktestLimits = {
  /** Units of one order. */
  readonly maxOrderUnits?: number;

  /** Units of the net position. */
  readonly maxPositionUnits?: number;

  /** Loss since 17:00 New York, open result included. */
  readonly maxDailyLoss?: string;

  /** Wider spreads deny entries. */
  readonly maxSpreadPips?: string;

  /** The largest net exposure to any one currency over all pairs, in the account's currency. */
  readonly maxCurrencyExposure?: string | null;

  /** The largest value of all positions together, in the account's currency. */
  readonly maxExposure?: string | null;

  /** The most open positions, with those that entry orders may still open. */
  readonly maxOpenPositions?: number | null;

  /** The largest loss since Friday 17:00 New York, open result included, in the account's currency. */
  readonly maxWeeklyLoss?: string | null;

  /** The most entries within a minute; closing is never held up. */
  readonly maxOrdersPerMinute?: number | null;

  /** The most orders that open a position on one trading day. */
  readonly maxTradesPerDay?: number | null;

  /** How many times its usual width, of the hour of the week, a spread may have. */
  readonly maxSpreadRatio?: string | null;

  /** Entries need a stop loss or a trailing stop, and positions have one. */
  readonly requireStopLoss?: {
    /** At what distance a position without a stop gets one; it is only reported when left out. */
    readonly distancePips?: string;
  } | null;

  /** Opens nothing before the market closes for a weekend or a holiday. */
  readonly weekend?: {
    readonly minutesBefore: number;

    /** Whether entries that rest are cancelled then. */
    readonly entries?: 'deny' | 'cancel';

    /** Whether positions are closed then; that cancels what rests, too. */
    readonly positions?: 'keep' | 'close';
  } | null;

  /** Opens nothing around 17:00 New York. */
  readonly rollOver?: { readonly minutesBefore: number; readonly minutesAfter: number } | null;
  readonly newsWindows?:
    | readonly {
        readonly from: string;
        readonly to: string;

        /** Of these currencies; of all when left out. */
        readonly currencies?: readonly string[];
      }[]
    | null;

  /** Halts the account when its equity has reached an amount. */
  readonly profitTarget?: {
    /** The equity at which it halts. */
    readonly equity: string;

    /** Whether positions stay open then, with their protection. They do when it is left out. */
    readonly positions?: 'keep' | 'close';
  } | null;

  /** Halts the account when it gives back too much of the profit of a trading day. */
  readonly profitLock?: {
    /** The day's profit from which it counts. */
    readonly from: string;

    /** The part of the largest profit of the day at which it halts. */
    readonly keep: string;

    /** Whether positions stay open then, with their protection. They do when it is left out. */
    readonly positions?: 'keep' | 'close';
  } | null;

  /** Halts the account before its broker closes everything. */
  readonly marginGuard?: {
    /** The marginCloseoutPercent at which it halts; at 1 the broker closes everything. */
    readonly closeoutPercent: string;

    /** Whether the position with the largest loss is closed then, and the next one while that was not enough. */
    readonly positions?: 'keep' | 'close_largest_loss';
  } | null;

  /** The rules under which a firm's money is traded. Each halts the account until a person resumes it. */
  readonly propRules?: {
    /** What the account started with. */
    readonly startEquity: string;

    /** Whether the equity may fall from the start, or from its highest since. */
    readonly drawdown: 'static' | 'trailing';

    /** How far. */
    readonly maxDrawdown: string;

    /** The largest loss since 17:00 New York. */
    readonly maxDailyLoss?: string;

    /** By how much the balance is to grow. */
    readonly profitTarget?: string;

    /** On how many trading days a position must be opened before the target counts. */
    readonly minTradingDays?: number;
  } | null;
};

export type NewBlockedIp = {
  /** An address or a range. */
  readonly ipAddress: string;

  /** Why it is blocked; the journal keeps it. */
  readonly reason: string;

  /** For ever when left out. */
  readonly blockedUntil?: string;
};

export type NewNotificationChannel = {
  readonly kind: 'email' | 'webhook' | 'telegram' | 'slack' | 'discord' | 'push';

  /** For people. */
  readonly name: string;

  /** Of a webhook, or the incoming webhook of Slack or Discord. */
  readonly url?: string;

  /** Of a Telegram bot. */
  readonly botToken?: string;

  /** The Telegram chat that the bot writes to. */
  readonly chatId?: string;
  readonly subscription?: PushSubscription;

  /** This severity and higher ones; warning when left out. */
  readonly minSeverity?: 'debug' | 'info' | 'warning' | 'error' | 'critical';

  /** Types that are not sent here. */
  readonly mutedTypes?: readonly (
    | 'order-filled'
    | 'order-partially-filled'
    | 'order-cancelled'
    | 'order-expired'
    | 'order-denied'
    | 'order-rejected'
    | 'order-group-filled-twice'
    | 'trade-closed'
    | 'account-halted'
    | 'account-trading'
    | 'account-error'
    | 'account-recovered'
    | 'account-agrees'
    | 'streams-silent'
    | 'streams-heard'
    | 'account-token-replaced'
    | 'limit-near'
    | 'stop-loss-missing'
    | 'weekend-missed'
    | 'margin-call-changed'
    | 'closure-delayed'
    | 'clock-differs'
    | 'clock-agrees'
    | 'intervention-requested'
    | 'intervention-refused'
    | 'hold-lifted'
    | 'strategy-failed'
    | 'strategy-stopped'
    | 'backtest-completed'
    | 'backtest-failed'
    | 'price-import-completed'
    | 'price-import-failed'
    | 'price-series-deleted'
    | 'login'
    | 'sign-in-delayed'
    | 'password-changed'
    | 'password-reset'
    | 'password-set'
    | 'second-factor-added'
    | 'second-factor-removed'
    | 'recovery-codes-replaced'
    | 'api-key-created'
    | 'api-key-revoked'
    | 'email-change-requested'
    | 'email-changed'
    | 'email-change-undone'
    | 'notification-channel-added'
    | 'notification-channel-removed'
    | 'notification-channel-off'
    | 'sessions-ended'
    | 'user-role-changed'
    | 'user-created'
    | 'address-blocked'
    | 'job-failed'
    | 'job-recovered'
    | 'settings-changed'
  )[];

  /** Whether all that is not critical comes once a day. */
  readonly isDigest?: boolean;

  /** Whether what is critical and not read is sent here again, as `/notification-settings` say; it is when left out. */
  readonly isEscalation?: boolean;
  readonly isOn?: boolean;
};

export type NewOrder = {
  readonly accountId: string;
  readonly type:
    | 'market'
    | 'limit'
    | 'stop'
    | 'market_if_touched'
    | 'take_profit'
    | 'stop_loss'
    | 'trailing_stop';

  /** The position that a stop_loss, take_profit or trailing_stop order protects; not for others. */
  readonly positionId?: string;

  /** Not for orders that protect a position. */
  readonly instrument?: string;

  /** Not for orders that protect a position. */
  readonly side?: 'buy' | 'sell';

  /** Units of the base currency, with no more digits after the point than the instrument has. Not for orders that protect a position: they close all of it. */
  readonly units?: number;

  /** Where an order waits; not for market orders and trailing stops. */
  readonly price?: string;

  /** The worst price at which a market, stop or market_if_touched order may fill. */
  readonly priceBound?: string;

  /** Closes the position with a profit here. */
  readonly takeProfit?: string;

  /** Closes the position with a loss here. */
  readonly stopLoss?: string;

  /** Instead of takeProfit: so far from the price of the fill. */
  readonly takeProfitDistance?: string;

  /** Instead of stopLoss: so far from the price of the fill. For a stop_loss order instead of its price: so far from the present ask of a long position, or bid of a short one. */
  readonly stopLossDistance?: string;

  /** Closes the position when the price falls back by this much. */
  readonly trailingDistance?: string;

  /** FOK for market orders; for others GTC, or GTD when there is an expiry. GFD ends at 17:00 New York. */
  readonly timeInForce?: 'GTC' | 'GTD' | 'GFD' | 'FOK' | 'IOC';

  /** When a GTD order ends. */
  readonly expiresAt?: string;

  /** Which price triggers an order that waits. It fills at its own side in any case. */
  readonly triggerCondition?: 'DEFAULT' | 'INVERSE' | 'BID' | 'ASK' | 'MID';

  /** What a fill may do to open positions. */
  readonly positionFill?: 'DEFAULT' | 'OPEN_ONLY' | 'REDUCE_FIRST' | 'REDUCE_ONLY';

  /** Words of your own, which stay with the order. */
  readonly tag?: string;

  /** Words of your own, which stay with the order. */
  readonly comment?: string;

  /** One cancels the other: as soon as an order of the group fills, even in part, the others are cancelled. The name is used up then. For orders that wait and protect no position. */
  readonly ocoGroup?: string;
};

export type NewPassword = {
  /** 12 characters or more. */
  readonly password: string;
};

export type NewPerson = {
  readonly email: string;
  readonly username: string;

  /** 12 characters or more. */
  readonly password: string;
  readonly role?: 'trader' | 'admin';
};

export type NewPriceImport = {
  /** An account at OANDA. */
  readonly accountId: string;
  readonly instrument: string;
  readonly granularity:
    | 'S5'
    | 'S10'
    | 'S15'
    | 'S30'
    | 'M1'
    | 'M2'
    | 'M4'
    | 'M5'
    | 'M10'
    | 'M15'
    | 'M30'
    | 'H1'
    | 'H2'
    | 'H3'
    | 'H4'
    | 'H6'
    | 'H8'
    | 'H12'
    | 'D'
    | 'W'
    | 'M';

  /** The candle that this lies in is the first. */
  readonly from: string;

  /** The last candle has ended by then; now when left out. */
  readonly to?: string;

  /** Add what OANDA has later, each hour; not with `to`. */
  readonly keepUpToDate?: boolean;
};

export type NewStrategy = {
  readonly accountId: string;

  /** For people. */
  readonly name: string;
  readonly strategyType: string;
  readonly instrument: string;

  /** See the parameter schema of the strategy type; what is left out has its default. */
  readonly parameters?: Readonly<Record<string, unknown>>;
};

export type NotificationChannel = {
  readonly id: string;
  readonly kind: 'email' | 'webhook' | 'telegram' | 'slack' | 'discord' | 'push';
  readonly name: string;

  /** This severity and higher ones; warning when left out. */
  readonly minSeverity: 'debug' | 'info' | 'warning' | 'error' | 'critical';
  readonly mutedTypes: readonly string[];

  /** Whether all that is not critical comes once a day. */
  readonly isDigest: boolean;

  /** Whether what is critical and not read is sent here again, as `/notification-settings` say; it is when left out. */
  readonly isEscalation: boolean;
  readonly isOn: boolean;

  /** The host or the chat that it leads to; null for e-mail. The address itself is not shown. */
  readonly target: string | null;

  /** Why the server turned it off. */
  readonly offReason: string | null;
  readonly createdAt: string;
};

export type NotificationChannelChange = {
  /** For people. */
  readonly name?: string;

  /** This severity and higher ones; warning when left out. */
  readonly minSeverity?: 'debug' | 'info' | 'warning' | 'error' | 'critical';

  /** Types that are not sent here. */
  readonly mutedTypes?: readonly (
    | 'order-filled'
    | 'order-partially-filled'
    | 'order-cancelled'
    | 'order-expired'
    | 'order-denied'
    | 'order-rejected'
    | 'order-group-filled-twice'
    | 'trade-closed'
    | 'account-halted'
    | 'account-trading'
    | 'account-error'
    | 'account-recovered'
    | 'account-agrees'
    | 'streams-silent'
    | 'streams-heard'
    | 'account-token-replaced'
    | 'limit-near'
    | 'stop-loss-missing'
    | 'weekend-missed'
    | 'margin-call-changed'
    | 'closure-delayed'
    | 'clock-differs'
    | 'clock-agrees'
    | 'intervention-requested'
    | 'intervention-refused'
    | 'hold-lifted'
    | 'strategy-failed'
    | 'strategy-stopped'
    | 'backtest-completed'
    | 'backtest-failed'
    | 'price-import-completed'
    | 'price-import-failed'
    | 'price-series-deleted'
    | 'login'
    | 'sign-in-delayed'
    | 'password-changed'
    | 'password-reset'
    | 'password-set'
    | 'second-factor-added'
    | 'second-factor-removed'
    | 'recovery-codes-replaced'
    | 'api-key-created'
    | 'api-key-revoked'
    | 'email-change-requested'
    | 'email-changed'
    | 'email-change-undone'
    | 'notification-channel-added'
    | 'notification-channel-removed'
    | 'notification-channel-off'
    | 'sessions-ended'
    | 'user-role-changed'
    | 'user-created'
    | 'address-blocked'
    | 'job-failed'
    | 'job-recovered'
    | 'settings-changed'
  )[];

  /** Whether all that is not critical comes once a day. */
  readonly isDigest?: boolean;

  /** Whether what is critical and not read is sent here again, as `/notification-settings` say; it is when left out. */
  readonly isEscalation?: boolean;
  readonly isOn?: boolean;
};

export type NotificationChannelList = { readonly items: readonly NotificationChannel[] };

export type NotificationDelivery = {
  readonly id: string;

  /** Null is the e-mail or the webhook of `/settings`. */
  readonly channelId: string | null;
  readonly kind: 'email' | 'webhook' | 'telegram' | 'slack' | 'discord' | 'push';

  /** dead: given up. */
  readonly state: 'waiting' | 'sent' | 'dead';

  /** The highest of its notifications. */
  readonly severity: 'debug' | 'info' | 'warning' | 'error' | 'critical';

  /** How many notifications it is about. */
  readonly count: number;
  readonly countsByType: Readonly<Record<string, number>>;
  readonly attempts: number;

  /** Null when it has ended. */
  readonly nextAttemptAt: string | null;
  readonly endedAt: string | null;

  /** What the receiver said last, or why it could not be asked. */
  readonly lastAnswer: string | null;
};

export type NotificationDeliveryPage = {
  readonly items: readonly NotificationDelivery[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type NotificationPage = {
  readonly items: readonly Notification[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;

  /** How many are not read, 1000 at most. */
  readonly unreadCount: number;
};

export type NotificationSettings = {
  readonly quietHours: QuietHours | null;

  /** When the daily digest is sent. */
  readonly digestAt: string;

  /** What comes within so many seconds is one message. Critical ones do not wait. */
  readonly groupSeconds: number;

  /** After how many minutes a critical notification that I have not read is sent again. */
  readonly escalateAfterMinutes: number;

  /** How often it is sent again at most; 0 is never. */
  readonly escalateTimes: number;
};

export type NotificationSettingsChange = {
  readonly quietHours?: QuietHours | null;

  /** When the daily digest is sent. */
  readonly digestAt?: string;

  /** What comes within so many seconds is one message. Critical ones do not wait. */
  readonly groupSeconds?: number;

  /** After how many minutes a critical notification that I have not read is sent again. */
  readonly escalateAfterMinutes?: number;

  /** How often it is sent again at most; 0 is never. */
  readonly escalateTimes?: number;
};

export type NotificationTest = {
  /** My own e-mail address when left out. */
  readonly channelId?: string;
};

export type NotificationTestResult = {
  readonly isSent: boolean;

  /** What the receiver said, or why it could not be asked. */
  readonly answer: string;
};

export type OpenedAccount = {
  readonly id: string;
  readonly name: string;
  readonly environment: 'paper' | 'practice' | 'live';

  /** Its id at the broker; null for a paper account. */
  readonly brokerAccountId: string | null;
  readonly currency: 'EUR' | 'GBP' | 'AUD' | 'NZD' | 'USD' | 'CAD' | 'CHF' | 'JPY';
  readonly hedging: boolean;

  /** The most leverage of any instrument; null when their own margin rates hold. */
  readonly leverage: number | null;
  readonly initialBalance: string | null;

  /** `error`: it cannot be run at the moment. It is tried again, at the latest every minute. */
  readonly status: 'idle' | 'trading' | 'halted' | 'error';

  /** Of an error: the name of its problem (`/problems/…`). */
  readonly statusCode: string | null;

  /** Why it is halted, or cannot be run. */
  readonly statusReason: string | null;
  readonly limits: AccountLimits;

  /** The limits that a live account does without, because its owner said so. */
  readonly waivedLimits: readonly string[];

  /** Whether the quotes of what it trades are stored. */
  readonly recordQuotes: boolean;

  /** Null until the broker has reported it. */
  readonly money: AccountMoney | null;
  readonly createdAt: string;
  readonly found: FoundAtBroker | null;
};

export type OrderChange = {
  /** Units, with no more digits after the point than the instrument has; what has not filled yet when left out. Not for orders that protect a position. */
  readonly units?: number;

  /** Where an order waits; not for market orders and trailing stops. */
  readonly price?: string;

  /** The worst price at which a stop or market_if_touched order may fill. */
  readonly priceBound?: string | null;

  /** Closes the position with a profit here. */
  readonly takeProfit?: string | null;

  /** Closes the position with a loss here. */
  readonly stopLoss?: string | null;

  /** Instead of takeProfit: so far from the price of the fill. */
  readonly takeProfitDistance?: string | null;

  /** Instead of stopLoss: so far from the price of the fill. */
  readonly stopLossDistance?: string | null;

  /** Closes the position when the price falls back by this much. */
  readonly trailingDistance?: string | null;

  /** FOK for market orders; for others GTC, or GTD when there is an expiry. GFD ends at 17:00 New York. */
  readonly timeInForce?: 'GTC' | 'GTD' | 'GFD' | 'FOK' | 'IOC';

  /** When a GTD order ends. */
  readonly expiresAt?: string | null;

  /** Which price triggers an order that waits. It fills at its own side in any case. */
  readonly triggerCondition?: 'DEFAULT' | 'INVERSE' | 'BID' | 'ASK' | 'MID';

  /** What a fill may do to open positions. */
  readonly positionFill?: 'DEFAULT' | 'OPEN_ONLY' | 'REDUCE_FIRST' | 'REDUCE_ONLY';

  /** Words of your own, which stay with the order. */
  readonly tag?: string;

  /** Words of your own, which stay with the order. */
  readonly comment?: string;
};

export type OrderPage = {
  readonly items: readonly Order[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type OrderPreview = {
  /** Whether no rule denies it. */
  readonly wouldBeSent: boolean;

  /** Every rule that would deny it, the first first. */
  readonly denials: readonly Denial[];
  readonly isHalted: boolean;
  readonly isMarketOpen: boolean;
  readonly quote: PreviewQuote | null;

  /** Null for orders that protect a position, as all below. */
  readonly fill: PreviewFill | null;
  readonly margin: PreviewMargin | null;
  readonly costs: PreviewCosts | null;

  /** What the opened units lose from the fill to the stop loss; null without one. The market may jump past it. */
  readonly lossAtStop: string | null;

  /** The net exposure of the account to each currency after the fill. */
  readonly exposure: readonly Exposure[] | null;

  /** The most units that each rule about units lets pass. */
  readonly mostUnits: readonly PreviewCeiling[];
};

export type OrderStep = {
  /** signal, requested, checked (it passed the risk rules), denied, recorded, sent, accepted (by the broker), partially-filled, filled, changed, cancelled, expired, rejected, position-opened, trade-closed, …; created where the journal does not know the decision. */
  readonly step: string;

  /** By the clock of the account's market. */
  readonly marketTime: string | null;

  /** By the server's clock. */
  readonly recordedAt: string | null;

  /** Since the step before, by the server's clock; null where one of the times is missing. */
  readonly sincePreviousMs: number | null;

  /** Since the first step that has a `recordedAt`. */
  readonly sinceFirstMs: number | null;

  /** The number of the journal entry. */
  readonly sequence: number | null;
  readonly requestId: string | null;
  readonly actor: Actor | null;

  /** The number in the broker's log. */
  readonly brokerTransactionId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
};

export type OrderTimeline = {
  readonly orderId: string;
  readonly accountId: string;
  readonly strategyId: string | null;
  readonly status:
    | 'pending'
    | 'denied'
    | 'submitted'
    | 'accepted'
    | 'rejected'
    | 'partially_filled'
    | 'filled'
    | 'cancel_pending'
    | 'cancelled'
    | 'expired';
  readonly steps: readonly OrderStep[];
};

export type OwnPriceSeriesChange = { readonly keepUpToDate: boolean };

export type PasswordChange = {
  readonly currentPassword: string;

  /** 12 characters or more. */
  readonly newPassword: string;

  /** A code of the authenticator app, or a recovery code. Each opens once. */
  readonly code?: string;
};

export type PasswordProof = {
  readonly password: string;

  /** A code of the authenticator app, or a recovery code. Each opens once. */
  readonly code?: string;
};

export type PasswordReset = {
  /** The code from the e-mail. */
  readonly token: string;

  /** 12 characters or more. */
  readonly password: string;
};

export type PeriodResult = {
  /** 17:00 New York; of a week on Friday. */
  readonly startsAt: string;

  /** When the start was measured: later than `startsAt` where the account was made, connected or started again since. */
  readonly measuredFrom: string;

  /** The equity then. */
  readonly startEquity: string;

  /** What was paid in since, less what was paid out. */
  readonly fundsTransferred: string;

  /** What trading made since, open result included: `startEquity` + `fundsTransferred` + `result` is the equity now. */
  readonly result: string;
};

export type Person = {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly role: 'trader' | 'admin';
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly timezone: string;
  readonly language: 'en' | 'ja';
  readonly emailVerifiedAt: string | null;
  readonly lastLoginAt: string | null;
  readonly createdAt: string;
};

export type PersonChange = {
  readonly role?: 'trader' | 'admin';

  /** Whether the person may use the server. False ends their sessions. */
  readonly isActive?: boolean;
};

/** Null makes a limit the usual again. What a person has above a limit stays and works. */
export type PersonLimitsChange = {
  readonly accounts?: number | null;
  readonly strategies?: number | null;
  readonly restingOrders?: number | null;
  readonly sessions?: number | null;
  readonly apiKeys?: number | null;
  readonly sockets?: number | null;
  readonly priceSeriesMegabytes?: number | null;
  readonly unfinishedBacktests?: number | null;
};

export type PositionPage = {
  readonly items: readonly Position[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type PositionProtection = {
  /** Closes the position with a profit here. */
  readonly takeProfit?: string | null;

  /** Closes the position with a loss here. */
  readonly stopLoss?: string | null;

  /** Instead of stopLoss: so far from the present ask of a long position, or bid of a short one. */
  readonly stopLossDistance?: string;

  /** Closes the position when the price falls back by this much. */
  readonly trailingDistance?: string | null;
};

export type PreviewCeiling = {
  /** The denial of an order with more units. */
  readonly code:
    | 'account-halted'
    | 'market-closed'
    | 'no-quote'
    | 'stale-quote'
    | 'spread-too-wide'
    | 'order-units-exceeded'
    | 'position-units-exceeded'
    | 'daily-loss-exceeded'
    | 'weekly-loss-exceeded'
    | 'profit-target-reached'
    | 'profit-locked'
    | 'margin-guard-reached'
    | 'prop-drawdown-exceeded'
    | 'prop-daily-loss-exceeded'
    | 'prop-target-reached'
    | 'instrument-not-allowed'
    | 'instrument-unknown'
    | 'instrument-not-supported'
    | 'units-invalid'
    | 'price-invalid'
    | 'stop-loss-on-wrong-side'
    | 'take-profit-on-wrong-side'
    | 'trailing-distance-invalid'
    | 'expiry-invalid'
    | 'time-in-force-invalid'
    | 'insufficient-margin'
    | 'no-conversion-price'
    | 'position-unknown'
    | 'order-unknown'
    | 'position-side-missing'
    | 'protection-exists'
    | 'price-and-distance'
    | 'trigger-condition-invalid'
    | 'position-fill-invalid'
    | 'tag-invalid'
    | 'oco-group-invalid'
    | 'oco-group-filled'
    | 'pending-orders-exceeded'
    | 'open-positions-exceeded'
    | 'order-rate-exceeded'
    | 'daily-trades-exceeded'
    | 'spread-unusual'
    | 'stop-loss-required'
    | 'before-weekend'
    | 'around-roll-over'
    | 'news-window'
    | 'currency-exposure-exceeded'
    | 'exposure-exceeded'
    | 'replacement-invalid'
    | 'fifo-close-violated'
    | 'fifo-protection-violated'
    | 'close-units-exceed-position'
    | 'close-in-progress'
    | 'size-too-small';
  readonly units: number;
};

export type PreviewCosts = {
  /** What the opened units lose at once. */
  readonly spread: string;

  /** For a day that is charged once; below zero is paid. */
  readonly financingPerDay: string;
};

export type PreviewFill = {
  /** At the newest quote, or where the order waits. Depth of the market is not known. */
  readonly price: string | null;

  /** The rest closes what is open the other way. */
  readonly openedUnits: number;

  /** Open in the instrument afterwards. */
  readonly longUnits: number;
  readonly shortUnits: number;
};

export type PreviewMargin = {
  /** For the fill, with what is on its way, at the newest prices. */
  readonly needed: string;
  readonly availableBefore: string;
  readonly availableAfter: string;
};

export type PreviewQuote = { readonly bid: string; readonly ask: string; readonly at: string };

export type PriceGap = {
  /** The last quote before it. */
  readonly from: string;

  /** The first quote after it. */
  readonly to: string;

  /** Nothing was recorded (the server or the account did not run, or the instrument was not traded), the stream of prices broke, or quotes came and could not be stored. */
  readonly reason: 'not-recorded' | 'connection-lost' | 'not-stored';
};

export type PriceGapList = { readonly items: readonly PriceGap[] };

/** How its import from OANDA goes; null for a file. */
export type PriceImport = {
  readonly status: 'running' | 'completed' | 'failed';
  readonly accountId: string;
  readonly from: string;
  readonly to: string;

  /** The part of the time that is imported. */
  readonly progress: number;

  /** Why it failed, or what it waits for. */
  readonly error: string | null;

  /** When what the broker had by then was added last. */
  readonly toppedUpAt: string | null;
};

export type PriceSeries = {
  readonly id: string;
  readonly instrument: string;
  readonly kind: 'quotes' | 'candles';

  /** Of candles; null for quotes. */
  readonly granularity: string | null;

  /** The name of the file it came from, `OANDA` or `recorded`. */
  readonly source: string;

  /** The account whose quotes it records; null for what was imported. */
  readonly accountId: string | null;

  /** Whether all users may use it. */
  readonly isShared: boolean;
  readonly rows: number;

  /** How many bad rows were left out. */
  readonly skippedRows: number;

  /** Null while there are no rows. */
  readonly startsAt: string | null;

  /** The time of the last row. */
  readonly endsAt: string | null;
  readonly import: PriceImport | null;

  /** Whether what OANDA has later is added each hour, until that fails; null for what was not imported from there. */
  readonly keepUpToDate: boolean | null;
  readonly createdAt: string;
};

export type PriceSeriesChange = {
  /** By what people recognise it. */
  readonly source: string;
};

export type PriceSeriesOfPerson = {
  readonly id: string;

  /** The owner; null is shared by all. */
  readonly userId: string | null;
  readonly username: string | null;

  /** The account whose quotes it records. */
  readonly accountId: string | null;
  readonly instrument: string;
  readonly kind: 'quotes' | 'candles';

  /** The name of the file it came from, `OANDA` or `recorded`. */
  readonly source: string;
  readonly rows: number;

  /** Its prices as they are stored. */
  readonly bytes: number;
  readonly createdAt: string;
};

export type PriceSeriesOfPersonPage = {
  readonly items: readonly PriceSeriesOfPerson[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type PriceSeriesPage = {
  readonly items: readonly PriceSeries[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;

  /** What was expected and what was found, for people. */
  readonly detail: string;

  /** The path of the request. */
  readonly instance: string;

  /** The reason, for programs. */
  readonly code: string;
  readonly errors?: readonly {
    /** A JSON pointer into the request. */
    readonly pointer: string;
    readonly detail: string;
  }[];

  /** What else helps to understand it. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly requestId: string;
};

export type ProblemExplanation = {
  readonly type: string;
  readonly title: string;
  readonly status: number;

  /** What the reader can do about it. */
  readonly remedy: string;

  /** Of the code of a denial: the field of the request that it is about. */
  readonly pointer?: string;
};

export type ProfileChange = {
  /** For people. */
  readonly firstName?: string | null;

  /** For people. */
  readonly lastName?: string | null;

  /** A name of the IANA list, such as Asia/Tokyo. */
  readonly timezone?: string;
  readonly language?: 'en' | 'ja';
};

export type PushKey = {
  /** A point of P-256, in base64url. */
  readonly publicKey: string;
};

/** A browser's subscription to web push, as `PushSubscription.toJSON()` gives it. */
export type PushSubscription = {
  readonly endpoint: string;
  readonly expirationTime?: number | null;
  readonly keys: { readonly p256dh: string; readonly auth: string };
};

/** Nothing but what is critical is sent between these times of the day; null when there are none. */
export type QuietHours = { readonly from: string; readonly until: string };

export type QuoteList = { readonly items: readonly Quote[] };

export type RecoveryCodes = { readonly recoveryCodes: readonly string[] };

export type ResumeAccount = {
  /** Why the account may trade again; the journal keeps it. */
  readonly reason?: string;
};

export type SecondFactor = {
  /** Whether sign-in asks for a code. */
  readonly isOn: boolean;
  readonly since: string | null;

  /** How many are left. */
  readonly recoveryCodes: number;
};

export type SecondFactorCode = {
  /** A code of the authenticator app, or a recovery code. Each opens once. */
  readonly code: string;
};

export type SecondFactorSecret = {
  /** For an authenticator app, in base32. Shown this once. */
  readonly secret: string;

  /** The same as an address, for a QR code. */
  readonly uri: string;
};

export type SecurityOverview = {
  readonly from: string;
  readonly to: string;
  readonly failedSignIns: {
    /** How many sign-ins failed. Here and below, at most the newest 100,000 entries count. */
    readonly count: number;

    /** The 20 addresses with the most. */
    readonly byAddress: readonly {
      readonly ipAddress: string | null;
      readonly count: number;

      /** How many different people were tried that exist. */
      readonly people: number;
    }[];

    /** The 20 people with the most. */
    readonly byPerson: readonly {
      readonly userId: string;
      readonly username: string;
      readonly count: number;
    }[];
  };
  readonly changes: {
    /** delays after failed sign-ins. */
    readonly delays: number;

    /** passwords changed. */
    readonly passwordChanges: number;

    /** second factors added. */
    readonly secondFactorsAdded: number;

    /** second factors removed. */
    readonly secondFactorsRemoved: number;

    /** e-mail addresses changed, or changed back. */
    readonly emailChanges: number;

    /** people who signed up or were made. */
    readonly newPeople: number;

    /** API keys made. */
    readonly apiKeysMade: number;

    /** API keys revoked by their owners. */
    readonly apiKeysRevoked: number;

    /** Sign-ins from a browser or program that was not known. */
    readonly newDevices: number;
  };

  /** Who has to wait now after failed sign-ins, from where they never signed in; at most 20. */
  readonly delayed: readonly { readonly userId: string; readonly username: string; readonly until: string }[];
  readonly blocks: {
    /** Blocks that hold now and came from failed sign-ins. */
    readonly automatic: number;

    /** Blocks that hold now and came from administrators. */
    readonly manual: number;

    /** The newest 20. */
    readonly newest: readonly {
      readonly id: string;
      readonly ipAddress: string;
      readonly reason: string;
      readonly isAutomatic: boolean;

      /** Null is for ever. */
      readonly blockedUntil: string | null;
    }[];
  };

  /** Who may administer now. */
  readonly administrators: readonly {
    readonly userId: string;
    readonly username: string;
    readonly hasSecondFactor: boolean;
  }[];

  /** People who may use the server and sign in with the password alone. */
  readonly peopleWithoutSecondFactor: number;

  /** What administrators did, the newest 20. */
  readonly interventions: readonly {
    /** The number of the journal entry. */
    readonly sequence: number;
    readonly at: string;
    readonly type: string;
    readonly description: string;

    /** Whom it is about. */
    readonly userId: string | null;

    /** Null when the entry does not name one. */
    readonly administratorId: string | null;
  }[];
};

export type ServerCopy = {
  readonly id: string;
  readonly version: string;

  /** The newest migration that its code was made with. */
  readonly migrationsHead: string;

  /** The name of its machine. */
  readonly host: string;

  /** Its process. */
  readonly pid: number;

  /** `gone`: it was not seen for two minutes, so others take it for dead. */
  readonly state: 'running' | 'stopped' | 'gone';
  readonly startedAt: string;
  readonly lastSeenAt: string;
  readonly stoppedAt: string | null;

  /** The accounts that it runs. */
  readonly accountIds: readonly string[];
};

export type ServerCopyList = { readonly items: readonly ServerCopy[] };

export type ServerHealth = {
  /** Whether no check fails. */
  readonly isHealthy: boolean;
  readonly findings: readonly {
    readonly check: string;

    /** `warn`: nothing is broken yet. `fail`: something is. */
    readonly verdict: 'ok' | 'warn' | 'fail';

    /** What was found, and what to do about it. */
    readonly said: string;
  }[];
};

export type ServerSettings = {
  /** Who may sign up: anyone, those in `listedSignUps`, or no one. */
  readonly signUp: 'open' | 'listed' | 'closed';

  /** Addresses, and domains such as @example.org, that may sign up when `signUp` is listed. */
  readonly listedSignUps: readonly string[];

  /** For how many days entries of the journal are kept that are about trading. Those of orders and positions that are open stay for longer, as do starts and stops of strategies. */
  readonly journalDays: number;

  /** For how many days those about the system are kept: as many as `journalDays`, until it is said. */
  readonly systemJournalDays: number;

  /** For how many days those about security are kept. */
  readonly securityJournalDays: number;

  /** For how many days those about administration are kept: as many as `securityJournalDays`, until it is said. */
  readonly adminJournalDays: number;
  readonly personLimits: {
    /** How many accounts one person may have. */
    readonly accounts: number;

    /** How many strategies one person may have. */
    readonly strategies: number;

    /** How many orders that rest one person may have. */
    readonly restingOrders: number;

    /** How many sessions one person may have. */
    readonly sessions: number;

    /** How many API keys one person may have. */
    readonly apiKeys: number;

    /** How many WebSockets one person may have. */
    readonly sockets: number;

    /** How many megabytes of stored prices one person may have. */
    readonly priceSeriesMegabytes: number;

    /** How many backtests that are not finished one person may have. */
    readonly unfinishedBacktests: number;
  };

  /** Whether traders sign in only with a verified e-mail address. Administrators need none. */
  readonly requireVerifiedEmail: boolean;

  /** Whose sessions open nothing but what adds a second factor, until they have one. API keys are no sessions and work as before. */
  readonly requireSecondFactor: 'none' | 'administrators' | 'everyone';

  /** Whether `/api/docs` and `/api/openapi.json` are for people who are signed in. */
  readonly hideApiDescription: boolean;
};

export type ServerSettingsChange = {
  readonly signUp?: 'open' | 'listed' | 'closed';
  readonly listedSignUps?: readonly string[];
  readonly personLimits?: PersonLimitsChange;
  readonly journalDays?: number;

  /** Null: as many as `journalDays` again. */
  readonly systemJournalDays?: number | null;
  readonly securityJournalDays?: number;

  /** Null: as many as `securityJournalDays` again. */
  readonly adminJournalDays?: number | null;
  readonly requireVerifiedEmail?: boolean;
  readonly requireSecondFactor?: 'none' | 'administrators' | 'everyone';
  readonly hideApiDescription?: boolean;
};

export type Session = {
  readonly id: string;

  /** Whether it is the session of this request. */
  readonly isCurrent: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly expiresAt: string;
};

export type SessionOfPerson = {
  readonly id: string;

  /** Whether it is the session of this request. */
  readonly isCurrent: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly expiresAt: string;
  readonly userId: string;
  readonly username: string;
};

export type SessionOfPersonPage = {
  readonly items: readonly SessionOfPerson[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type SessionPage = {
  readonly items: readonly Session[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type Settings = {
  readonly defaultUnits: number;
  readonly defaultTakeProfitPips: string;
  readonly defaultRetracementPips: string;
  readonly defaultScalingMode: 'additive' | 'multiplicative';
  readonly notifyEmail: boolean;
  readonly notifyWebhookUrl: string | null;
  readonly notifyMinSeverity: 'debug' | 'info' | 'warning' | 'error' | 'critical';

  /** A front end's own choices. */
  readonly preferences: Readonly<Record<string, unknown>>;
};

export type SettingsChange = {
  /** Units of an order when nothing else is said. */
  readonly defaultUnits?: number;

  /** Pips to the take profit. */
  readonly defaultTakeProfitPips?: string;

  /** Pips against a position before it is added to. */
  readonly defaultRetracementPips?: string;
  readonly defaultScalingMode?: 'additive' | 'multiplicative';
  readonly notifyEmail?: boolean;
  readonly notifyWebhookUrl?: string | null;
  readonly notifyMinSeverity?: 'debug' | 'info' | 'warning' | 'error' | 'critical';
  readonly preferences?: Readonly<Record<string, unknown>>;
};

export type SignIn = {
  /** This or the username. */
  readonly email?: string;

  /** This or the e-mail address. */
  readonly username?: string;
  readonly password: string;

  /** A code of the authenticator app, or a recovery code. Each opens once. */
  readonly code?: string;
};

export type SignUp = {
  readonly email: string;
  readonly username: string;

  /** 12 characters or more. */
  readonly password: string;
};

export type SignalCounts = {
  /** How many there were; the others add up to it. */
  readonly signals: number;

  /** Traded at the market after it opened. */
  readonly filled: number;

  /** Entries with a price of their own that the exchange took after it opened. */
  readonly placed: number;

  /** Denied, cancelled, or their position or strategy had ended. */
  readonly lapsed: number;

  /** Entries in whose place the strategy wanted others before it opened. */
  readonly replaced: number;

  /** Still waiting at the end. */
  readonly waiting: number;
};

export type SignedIn = {
  /** To be sent as "Authorization: Bearer …"; browsers have it in a cookie. */
  readonly token: string;
  readonly expiresAt: string;
  readonly user: Person;
};

export type Statement = { readonly currency: string; readonly days: readonly StatementDay[] };

export type StatementDay = {
  /** A trading day, by the date in New York on which it ends at 17:00. */
  readonly day: string;
  readonly openingBalance: string;

  /** Results of closed positions. */
  readonly realizedPnl: string;

  /** Interest and dividends; below zero when they were paid. */
  readonly financing: string;

  /** Below zero when it was paid. */
  readonly commission: string;

  /** Paid in or out, or there when the account was connected. */
  readonly transferred: string;

  /** What the broker's log states and does not explain. */
  readonly other: string;

  /** The opening balance and the five before. */
  readonly closingBalance: string;
};

export type StopStrategy = {
  /** What becomes of its positions: they stay (`keep`), are closed (`close`), or are its own to close, and it makes no new entries until the last one is closed (`drain`). Its entry orders are cancelled in any case. */
  readonly mode: 'keep' | 'close' | 'drain';
};

export type StopStrategyOfPerson = {
  /** What becomes of its positions: they stay (`keep`), are closed (`close`), or are its own to close, and it makes no new entries until the last one is closed (`drain`). Its entry orders are cancelled in any case. */
  readonly mode: 'keep' | 'close' | 'drain';

  /** Why; its owner reads it. */
  readonly reason?: string;
};

export type Strategy = {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly strategyType: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly parametersVersion: number;
  readonly instrument: string;
  readonly status: 'stopped' | 'starting' | 'running' | 'paused' | 'draining' | 'stopping' | 'failed';
  readonly statusReason: string | null;

  /** Closed candles seen of those needed before it trades; null when it does not warm up. */
  readonly warmUp: { readonly seen: number; readonly needed: number } | null;

  /** When the market of its instrument opens, while it waits for that. Null while the market is open, while it is not active, and where this copy of the server does not run it. */
  readonly marketOpensAt: string | null;
  readonly startedAt: string | null;
  readonly stoppedAt: string | null;
  readonly createdAt: string;
};

export type StrategyChange = {
  /** For people. */
  readonly name?: string;

  /** See the parameter schema of the strategy type; what is left out has its default. */
  readonly parameters?: Readonly<Record<string, unknown>>;
};

export type StrategyOfPerson = {
  readonly id: string;
  readonly accountId: string;
  readonly userId: string;
  readonly username: string;
  readonly name: string;
  readonly strategyType: string;
  readonly instrument: string;
  readonly status: 'stopped' | 'starting' | 'running' | 'paused' | 'draining' | 'stopping' | 'failed';

  /** Since when an administrator holds it, if one does. */
  readonly heldSince: string | null;
  readonly holdReason: string | null;
};

export type StrategyOfPersonPage = {
  readonly items: readonly StrategyOfPerson[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type StrategyPage = {
  readonly items: readonly Strategy[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

export type StrategyState = {
  readonly strategyId: string;
  readonly status: 'stopped' | 'starting' | 'running' | 'paused' | 'draining' | 'stopping' | 'failed';

  /** Whether it is of this moment, was stored at some time, or there is none. */
  readonly source: 'live' | 'stored' | 'none';
  readonly stateVersion: number | null;

  /** What the strategy remembers; its form is that of its type and version. */
  readonly state: unknown;
};

export type StrategyType = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly parametersVersion: number;

  /** A JSON schema with a default, bounds and a description for each parameter. */
  readonly parametersSchema: Readonly<Record<string, unknown>>;
};

export type StrategyTypeList = { readonly items: readonly StrategyType[] };

export type TradePage = {
  readonly items: readonly Trade[];

  /** The cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
};

/** What each operation takes, and what it answers. */
export interface Operations {
  /** Whether the process lives */
  getLiveness: { request: {}; answer: Liveness };
  /** Whether the server answers requests, and if not, how far it is */
  getReadiness: { request: {}; answer: Health };
  /** What a problem, or the code of a denial, means and what to do about it */
  explainProblem: { request: { readonly path: { readonly type: string } }; answer: ProblemExplanation };
  /** Sign up as a trader */
  register: { request: { readonly body: SignUp }; answer: Person | undefined };
  /** Sign in with e-mail address or username */
  login: { request: { readonly body: SignIn }; answer: SignedIn };
  /** Sign out: the token is worth nothing from now on */
  logout: { request: {}; answer: undefined };
  /** Have a code for a new password sent to my e-mail address */
  requestPasswordReset: { request: { readonly body: EmailAddress }; answer: undefined };
  /** Set a new password with the code from the e-mail */
  resetPassword: { request: { readonly body: PasswordReset }; answer: undefined };
  /** Verify my e-mail address with the code that was sent to it */
  verifyEmail: { request: { readonly body: EmailToken }; answer: undefined };
  /** Have another code to verify my e-mail address sent to it */
  resendVerification: { request: { readonly body: EmailAddress }; answer: undefined };
  /** Have a code sent to another e-mail address, which is then to be mine */
  requestEmailChange: { request: { readonly body: EmailChange }; answer: undefined };
  /** Change my e-mail address with the code that was sent to the new one */
  confirmEmailChange: { request: { readonly body: EmailToken }; answer: undefined };
  /** Have my former e-mail address back, with the code that was sent to it */
  undoEmailChange: { request: { readonly body: EmailToken }; answer: undefined };
  /** Who is signed in */
  getMe: { request: {}; answer: Person };
  /** Change name, time zone or language */
  changeMe: {
    request: {
      readonly body: ProfileChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: Person;
  };
  /** Change my password */
  changePassword: { request: { readonly body: PasswordChange }; answer: undefined };
  /** Where I am signed in, newest first */
  listSessions: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
      };
    };
    answer: SessionPage;
  };
  /** Sign out somewhere else */
  endSession: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** Whether my sign-in asks for a code */
  getSecondFactor: { request: {}; answer: SecondFactor };
  /** Make a secret for an authenticator app */
  addSecondFactor: { request: { readonly body: PasswordProof }; answer: SecondFactorSecret };
  /** Send the first code: sign-in asks for one from now on */
  confirmSecondFactor: { request: { readonly body: SecondFactorCode }; answer: RecoveryCodes };
  /** Make new recovery codes; the former ones are worth nothing from now on */
  replaceRecoveryCodes: { request: { readonly body: PasswordProof }; answer: RecoveryCodes };
  /** Sign in with the password alone from now on */
  removeSecondFactor: { request: { readonly body: PasswordProof }; answer: undefined };
  /** My API keys, newest first */
  listApiKeys: { request: {}; answer: ApiKeyList };
  /** Make a key for a program of mine */
  createApiKey: { request: { readonly body: NewApiKey }; answer: MadeApiKey };
  /** Revoke a key: it opens nothing from now on */
  revokeApiKey: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** My settings */
  getSettings: { request: {}; answer: Settings };
  /** Change some of my settings */
  changeSettings: {
    request: {
      readonly body: SettingsChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: Settings;
  };
  /** People, newest first */
  listUsers: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string /** A part of the e-mail address or username. */;
        readonly search?: string;
        readonly role?: 'trader' | 'admin';
        readonly status?: 'active' | 'locked' | 'disabled';
      };
    };
    answer: ManagedPersonPage;
  };
  /** Make a trader, or an administrator, no matter who may sign up */
  createUser: { request: { readonly body: NewPerson }; answer: ManagedPerson };
  /** Delete a disabled person whose accounts are closed */
  deleteUser: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** A person */
  getUser: { request: { readonly path: { readonly id: string } }; answer: ManagedPerson };
  /** Change the role of a person, or disable or enable them */
  changeUser: {
    request: {
      readonly path: { readonly id: string };
      readonly body: PersonChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: ManagedPerson;
  };
  /** Forget the failed sign-ins of a person, so that they need not wait */
  unlockUser: { request: { readonly path: { readonly id: string } }; answer: ManagedPerson };
  /** Set the password of a person who forgot theirs */
  setUserPassword: {
    request: { readonly path: { readonly id: string }; readonly body: NewPassword };
    answer: undefined;
  };
  /** Note that the e-mail address of a person is theirs */
  verifyUserEmail: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** Remove the second factor of a person who lost theirs */
  removeUserSecondFactor: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** Sign a person out everywhere */
  endUserSessions: { request: { readonly path: { readonly id: string } }; answer: EndedSessions };
  /** Where people are signed in, newest first */
  listSessionsOfPeople: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string /** A part of the e-mail address or username. */;
        readonly search?: string;
      };
    };
    answer: SessionOfPersonPage;
  };
  /** End a session of anyone, its open WebSockets included */
  endSessionOfPerson: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** The settings of the server */
  getServerSettings: { request: {}; answer: ServerSettings };
  /** Change settings of the server */
  changeServerSettings: {
    request: {
      readonly body: ServerSettingsChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: ServerSettings;
  };
  /** Blocked addresses and ranges, newest first */
  listBlockedIps: { request: {}; answer: BlockedIpList };
  /** Refuse an address or a range everywhere, open WebSockets included */
  blockIp: { request: { readonly body: NewBlockedIp }; answer: BlockedIp };
  /** Lift a block */
  unblockIp: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** What happened to the safety of accounts lately, and what holds now */
  getSecurityOverview: {
    request: {
      readonly query?: {
        /** How far back. */
        readonly hours?: number;
      };
    };
    answer: SecurityOverview;
  };
  /** Accounts of everyone that are not closed, newest first */
  listAccountsOfPeople: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string /** A part of the e-mail address or username. */;
        readonly search?: string;
      };
    };
    answer: AccountOfPersonPage;
  };
  /** Let an account of anyone take no new exposure */
  haltAccountOfPerson: {
    request: { readonly path: { readonly id: string }; readonly body?: AdministratorReason };
    answer: AccountOfPerson;
  };
  /** Halt an account of anyone, cancel every order and close every position */
  killAccountOfPerson: {
    request: { readonly path: { readonly id: string }; readonly body?: AdministratorReason };
    answer: AccountOfPerson;
  };
  /** Close an account of anyone that holds nothing */
  closeAccountOfPerson: { request: { readonly path: { readonly id: string } }; answer: AccountOfPerson };
  /** Let the owner of an account that an administrator halted or killed resume it */
  liftHoldOfAccount: { request: { readonly path: { readonly id: string } }; answer: AccountOfPerson };
  /** Strategies of everyone, newest first */
  listStrategiesOfPeople: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string /** A part of the e-mail address or username. */;
        readonly search?: string;
      };
    };
    answer: StrategyOfPersonPage;
  };
  /** Stop a strategy of anyone */
  stopStrategyOfPerson: {
    request: { readonly path: { readonly id: string }; readonly body: StopStrategyOfPerson };
    answer: StrategyOfPerson;
  };
  /** Let the owner of a strategy that an administrator stopped start it */
  liftHoldOfStrategy: { request: { readonly path: { readonly id: string } }; answer: StrategyOfPerson };
  /** What the server does at set times, by name */
  listJobs: { request: {}; answer: JobList };
  /** Let a job run now, once */
  runJob: {
    request: {
      readonly path: {
        /** Its name. */
        readonly job: string;
      };
    };
    answer: Job;
  };
  /** The copies of the server that run or were seen within a day, newest first */
  listCopies: { request: {}; answer: ServerCopyList };
  /** The recorded backups of the database, newest first; at most 500 */
  listBackups: { request: {}; answer: BackupList };
  /** Make a backup of the database now */
  makeBackup: { request: {}; answer: Job };
  /** The migrations of the database and of this version, in order */
  listMigrations: { request: {}; answer: Migrations };
  /** What an examination of the whole server finds, as `manage doctor` does */
  getServerHealth: { request: {}; answer: ServerHealth };
  /** All instruments */
  listInstruments: { request: { readonly query?: { readonly accountId?: string } }; answer: InstrumentList };
  /** One instrument */
  getInstrument: {
    request: { readonly path: { readonly name: string }; readonly query?: { readonly accountId?: string } };
    answer: Instrument;
  };
  /** All strategy types */
  listStrategyTypes: { request: {}; answer: StrategyTypeList };
  /** One strategy type */
  getStrategyType: { request: { readonly path: { readonly type: string } }; answer: StrategyType };
  /** The newest quote of each instrument */
  listQuotes: {
    request: {
      readonly query?: {
        readonly accountId?: string /** One instrument or several; all when left out. */;
        readonly instrument?: readonly string[];
      };
    };
    answer: QuoteList;
  };
  /** The market's time, and whether it is open */
  getMarketClock: { request: {}; answer: MarketClock };
  /** My accounts, oldest first */
  listAccounts: { request: {}; answer: AccountList };
  /** Make a paper account, or connect one at OANDA */
  createAccount: { request: { readonly body: NewAccount }; answer: OpenedAccount };
  /** One account */
  getAccount: { request: { readonly path: { readonly id: string } }; answer: Account };
  /** Change name, leverage, limits, recording or token */
  changeAccount: {
    request: {
      readonly path: { readonly id: string };
      readonly body: AccountChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: Account;
  };
  /** Close an account; its history stays */
  closeAccount: {
    request: {
      readonly path: { readonly id: string };
      readonly query?: {
        /** End what the account holds first. */
        readonly drain?: boolean /** Leave orders and positions at the broker; not for a paper account. */;
        readonly leave?: boolean;
      };
    };
    answer: undefined;
  };
  /** An account in numbers: money, results of day and week, loss limits, exposure */
  getAccountSummary: { request: { readonly path: { readonly id: string } }; answer: AccountSummary };
  /** No new exposure from now on; closing stays allowed */
  haltAccount: { request: { readonly path: { readonly id: string } }; answer: Account };
  /** Let a halted account trade again */
  resumeAccount: {
    request: { readonly path: { readonly id: string }; readonly body?: ResumeAccount };
    answer: Account;
  };
  /** Halt, cancel every order and close every position */
  killAccount: { request: { readonly path: { readonly id: string } }; answer: Account };
  /** My strategies, newest first */
  listStrategies: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
        readonly accountId?: string;
      };
    };
    answer: StrategyPage;
  };
  /** Configure a strategy; it is stopped until it is started */
  createStrategy: { request: { readonly body: NewStrategy }; answer: Strategy };
  /** One strategy */
  getStrategy: { request: { readonly path: { readonly id: string } }; answer: Strategy };
  /** Change name or parameters of a strategy that is not active */
  changeStrategy: {
    request: {
      readonly path: { readonly id: string };
      readonly body: StrategyChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: Strategy;
  };
  /** Remove a strategy that is not active; what it traded stays */
  deleteStrategy: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** What a strategy remembers */
  getStrategyState: { request: { readonly path: { readonly id: string } }; answer: StrategyState };
  /** Start a strategy from nothing; it warms up first */
  startStrategy: { request: { readonly path: { readonly id: string } }; answer: Strategy };
  /** Let a running strategy follow prices without acting */
  pauseStrategy: { request: { readonly path: { readonly id: string } }; answer: Strategy };
  /** Let a paused strategy act again */
  resumeStrategy: { request: { readonly path: { readonly id: string } }; answer: Strategy };
  /** Stop a strategy and keep or close its positions, or let it close them first */
  stopStrategy: {
    request: { readonly path: { readonly id: string }; readonly body: StopStrategy };
    answer: Strategy;
  };
  /** Place an order */
  placeOrder: { request: { readonly body: NewOrder }; answer: Order };
  /** My orders, newest first */
  listOrders: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
        readonly accountId?: string;
        readonly strategyId?: string /** One status or several. */;
        readonly status?: readonly (
          | 'pending'
          | 'denied'
          | 'submitted'
          | 'accepted'
          | 'rejected'
          | 'partially_filled'
          | 'filled'
          | 'cancel_pending'
          | 'cancelled'
          | 'expired'
        )[] /** Only those made (`createdAt`) then or later. */;
        readonly from?: string /** Only those made (`createdAt`) before then. */;
        readonly to?: string;
        readonly instrument?: string;
        readonly side?: 'buy' | 'sell' /** Why they were denied, rejected or cancelled. */;
        readonly reasonCode?: string;
      };
    };
    answer: OrderPage;
  };
  /** What an order would come to; nothing is sent */
  previewOrder: { request: { readonly body: NewOrder }; answer: OrderPreview };
  /** One order */
  getOrder: { request: { readonly path: { readonly id: string } }; answer: Order };
  /** Change an order that rests; null removes */
  replaceOrder: {
    request: {
      readonly path: { readonly id: string };
      readonly body: OrderChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: Order;
  };
  /** Cancel an order that has not filled */
  cancelOrder: { request: { readonly path: { readonly id: string } }; answer: Order };
  /** Cancel every entry of an account that has not filled */
  cancelOrders: { request: { readonly path: { readonly id: string } }; answer: BulkOrderAnswer };
  /** Close every position of an account */
  closePositions: { request: { readonly path: { readonly id: string } }; answer: BulkOrderAnswer };
  /** An order step by step, from its signal or request to its fills and what followed */
  getOrderTimeline: { request: { readonly path: { readonly id: string } }; answer: OrderTimeline };
  /** My positions, newest first */
  listPositions: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
        readonly accountId?: string;
        readonly strategyId?: string /** Those that this order opened. */;
        readonly openingOrderId?: string /** Only open ones, or only closed ones. */;
        readonly open?: boolean;
      };
    };
    answer: PositionPage;
  };
  /** One position */
  getPosition: { request: { readonly path: { readonly id: string } }; answer: Position };
  /** Change what protects a position; null removes */
  protectPosition: {
    request: {
      readonly path: { readonly id: string };
      readonly body: PositionProtection;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: Position;
  };
  /** What an account holds of each instrument */
  listNetPositions: { request: { readonly query: { readonly accountId: string } }; answer: NetPositionList };
  /** Close a position, or some units of it */
  closePosition: {
    request: { readonly path: { readonly id: string }; readonly body?: ClosePosition };
    answer: Order;
  };
  /** Close all that an account holds of an instrument, or some units of it */
  closeNetPosition: {
    request: { readonly path: { readonly instrument: string }; readonly body: CloseNetPosition };
    answer: Order;
  };
  /** Balance and equity of an account over time */
  getEquityHistory: {
    request: {
      readonly path: { readonly id: string };
      readonly query?: {
        /** The first point is of the minute, hour or day that holds it; 500 steps before `to` when left out. */
        readonly from?: string /** Before this; with the newest point when left out. */;
        readonly to?: string /** M1: a minute, kept for 90 days. H1: an hour. D: a trading day, from 17:00 New York. */;
        readonly resolution?: 'M1' | 'H1' | 'D';
      };
    };
    answer: EquityHistory;
  };
  /** What moved the balance of an account, newest first */
  listBookings: {
    request: {
      readonly path: { readonly id: string };
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
      };
    };
    answer: BookingPage;
  };
  /** What each trading day booked, oldest first */
  getStatement: {
    request: {
      readonly path: { readonly id: string };
      readonly query?: {
        /** The first trading day; 31 days before `to` when left out. */
        readonly from?: string /** The last trading day; the present one when left out. */;
        readonly to?: string;
      };
    };
    answer: Statement;
  };
  /** My trades, newest first */
  listTrades: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
        readonly accountId?: string;
        readonly strategyId?: string /** Only those closed (`closedAt`) then or later. */;
        readonly from?: string /** Only those closed (`closedAt`) before then. */;
        readonly to?: string;
        readonly instrument?: string;
        readonly side?: 'long' | 'short';
        readonly exitReason?:
          | 'market'
          | 'limit'
          | 'stop'
          | 'market_if_touched'
          | 'take_profit'
          | 'stop_loss'
          | 'trailing_stop'
          | 'close'
          | 'margin_closeout';
      };
    };
    answer: TradePage;
  };
  /** One trade */
  getTrade: { request: { readonly path: { readonly id: string } }; answer: Trade };
  /** My journal entries */
  listEvents: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** Oldest first (asc) or newest first (desc). */;
        readonly order?:
          | 'asc'
          | 'desc' /** Only entries above this number: the last one that is known, oldest first. */;
        readonly after?: number /** Only entries below this number: the last one that is known, newest first. */;
        readonly before?: number /** Only those recorded (`recordedAt`) then or later. */;
        readonly from?: string /** Only those recorded (`recordedAt`) before then. */;
        readonly to?: string /** One type or several. */;
        readonly type?: readonly string[] /** Only entries as severe, or more. */;
        readonly severity?: 'debug' | 'info' | 'warning' | 'error' | 'critical';
        readonly category?: 'trading' | 'system' | 'security' | 'admin';
        readonly accountId?: string;
        readonly strategyId?: string /** A part of the description; capitals and small letters are the same. */;
        readonly text?: string;
      };
    };
    answer: EventPage;
  };
  /** Journal entries of everyone */
  listEventsOfPeople: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** Oldest first (asc) or newest first (desc). */;
        readonly order?:
          | 'asc'
          | 'desc' /** Only entries above this number: the last one that is known, oldest first. */;
        readonly after?: number /** Only entries below this number: the last one that is known, newest first. */;
        readonly before?: number /** Only those recorded (`recordedAt`) then or later. */;
        readonly from?: string /** Only those recorded (`recordedAt`) before then. */;
        readonly to?: string /** One type or several. */;
        readonly type?: readonly string[] /** Only entries as severe, or more. */;
        readonly severity?: 'debug' | 'info' | 'warning' | 'error' | 'critical';
        readonly category?: 'trading' | 'system' | 'security' | 'admin';
        readonly accountId?: string;
        readonly strategyId?: string /** A part of the description; capitals and small letters are the same. */;
        readonly text?: string /** Entries about this person or an account of theirs. */;
        readonly userId?: string;
      };
    };
    answer: AdministeredEventPage;
  };
  /** My price series and the shared ones, newest first */
  listPriceSeries: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
        readonly instrument?: string;
      };
    };
    answer: PriceSeriesPage;
  };
  /** Import a price file, whole or not at all, or candles from OANDA */
  importPriceSeries: {
    request: {
      readonly query?: {
        /** Needed with a file: what its prices are of. */
        readonly instrument?: string /** Leave bad rows out instead of refusing the file. */;
        readonly skipBad?: boolean;
      };
      readonly body: NewPriceImport | Blob | FormData;
    };
    answer: PriceSeries;
  };
  /** One price series */
  getPriceSeries: { request: { readonly path: { readonly id: string } }; answer: PriceSeries };
  /** Begin or cease to add what OANDA has later to a series that I imported from there */
  changePriceSeries: {
    request: {
      readonly path: { readonly id: string };
      readonly body: OwnPriceSeriesChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: PriceSeries;
  };
  /** Remove a price series of mine that no backtest ran on; an import into it ends */
  deletePriceSeries: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** The newest 500 times of which a recorded price series lacks quotes, oldest first */
  listPriceGaps: { request: { readonly path: { readonly id: string } }; answer: PriceGapList };
  /** Price series of everyone and the shared ones, newest first */
  listPriceSeriesOfPeople: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string /** A part of the e-mail address or username. */;
        readonly search?: string;
      };
    };
    answer: PriceSeriesOfPersonPage;
  };
  /** A price series of anyone */
  getPriceSeriesOfPerson: {
    request: { readonly path: { readonly id: string } };
    answer: PriceSeriesOfPerson;
  };
  /** Rename a price series of anyone */
  renamePriceSeriesOfPerson: {
    request: {
      readonly path: { readonly id: string };
      readonly body: PriceSeriesChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: PriceSeriesOfPerson;
  };
  /** Remove a price series of anyone, or a shared one, that no backtest ran on */
  deletePriceSeriesOfPerson: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** Candles of a price series or of an account, for charts */
  listCandles: {
    request: {
      readonly query: {
        /** The price series that they are made of. */
        readonly seriesId?: string /** Instead of a series: an account, for the history that its broker keeps. */;
        readonly accountId?: string /** Of an account: which of its instruments. */;
        readonly instrument?: string;
        readonly granularity:
          | 'S5'
          | 'S10'
          | 'S15'
          | 'S30'
          | 'M1'
          | 'M2'
          | 'M4'
          | 'M5'
          | 'M10'
          | 'M15'
          | 'M30'
          | 'H1'
          | 'H2'
          | 'H3'
          | 'H4'
          | 'H6'
          | 'H8'
          | 'H12'
          | 'D'
          | 'W'
          | 'M';
        readonly price?: 'bid' | 'ask' | 'mid' /** Only those that begin then or later. */;
        readonly from?: string /** Only those that begin before then. */;
        readonly to?: string /** How many at most: with `from` the first ones from there on, otherwise the last ones. */;
        readonly count?: number /** The nextCursor of the page before, with the same parameters. */;
        readonly cursor?: string;
      };
    };
    answer: CandlePage;
  };
  /** What a strategy did on a trading day, beside a backtest on the quotes recorded that day */
  getStrategyDrift: {
    request: {
      readonly path: { readonly id: string };
      readonly query: {
        /** The trading day, by the date in New York on which it ends at 17:00. */
        readonly date: string;
      };
    };
    answer: Drift;
  };
  /** Request a backtest; it runs when its turn comes */
  createBacktest: { request: { readonly body: NewBacktest }; answer: Backtest };
  /** My backtests, newest first */
  listBacktests: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
        readonly status?:
          | 'queued'
          | 'running'
          | 'completed'
          | 'failed'
          | 'cancelled' /** Backtests with equal results. */;
        readonly specHash?: string;
      };
    };
    answer: BacktestPage;
  };
  /** Cancel a backtest that is not finished */
  cancelBacktest: { request: { readonly path: { readonly id: string } }; answer: Backtest };
  /** Remove a backtest with its report */
  deleteBacktest: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** One backtest and how far it has come */
  getBacktest: { request: { readonly path: { readonly id: string } }; answer: Backtest };
  /** The numbers of a completed backtest */
  getBacktestResults: { request: { readonly path: { readonly id: string } }; answer: BacktestResults };
  /** The equity curve of a completed backtest */
  getBacktestEquity: { request: { readonly path: { readonly id: string } }; answer: BacktestEquity };
  /** The trades of a completed backtest, in the order in which they closed */
  listBacktestTrades: {
    request: {
      readonly path: { readonly id: string };
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
      };
    };
    answer: BacktestTradePage;
  };
  /** My notifications, newest first */
  listNotifications: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string /** Only those that are not read. */;
        readonly unread?: boolean /** This severity and higher ones. */;
        readonly minSeverity?: 'debug' | 'info' | 'warning' | 'error' | 'critical';
      };
    };
    answer: NotificationPage;
  };
  /** Mark a notification as read */
  markNotificationRead: { request: { readonly path: { readonly id: string } }; answer: Notification };
  /** Mark notifications as read */
  markAllNotificationsRead: {
    request: { readonly body?: MarkNotificationsRead };
    answer: MarkedNotifications;
  };
  /** When I am notified */
  getNotificationSettings: { request: {}; answer: NotificationSettings };
  /** Change when I am notified */
  changeNotificationSettings: {
    request: {
      readonly body: NotificationSettingsChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: NotificationSettings;
  };
  /** The key with which a browser subscribes to web push */
  getNotificationPushKey: { request: {}; answer: PushKey };
  /** Where I am notified */
  listNotificationChannels: { request: {}; answer: NotificationChannelList };
  /** Be notified in one more place */
  addNotificationChannel: {
    request: { readonly body: NewNotificationChannel };
    answer: AddedNotificationChannel;
  };
  /** A channel of mine */
  getNotificationChannel: {
    request: { readonly path: { readonly id: string } };
    answer: NotificationChannel;
  };
  /** Change what a channel of mine is for */
  changeNotificationChannel: {
    request: {
      readonly path: { readonly id: string };
      readonly body: NotificationChannelChange;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: NotificationChannel;
  };
  /** Remove a channel, and the messages that wait for it */
  removeNotificationChannel: { request: { readonly path: { readonly id: string } }; answer: undefined };
  /** Send a message now, and see what its receiver said */
  testNotification: { request: { readonly body?: NotificationTest }; answer: NotificationTestResult };
  /** My messages to channels, newest first */
  listNotificationDeliveries: {
    request: {
      readonly query?: {
        /** How many items at most. */
        readonly limit?: number /** The nextCursor of the page before; the first page when left out. */;
        readonly cursor?: string;
        readonly state?: 'waiting' | 'sent' | 'dead';
      };
    };
    answer: NotificationDeliveryPage;
  };
  /** Send a message again that was given up */
  sendNotificationDelivery: {
    request: { readonly path: { readonly id: string } };
    answer: NotificationDelivery;
  };
  /** Replace the newsWindows of an account by the times of a CSV file */
  putNewsCalendar: {
    request: {
      readonly path: { readonly id: string };
      readonly query?: {
        /** Before each time. */
        readonly minutesBefore?: number /** After each time. */;
        readonly minutesAfter?: number /** Only lines with this word in the column `impact`; all when left out. */;
        readonly impact?: string;
      };
      readonly body: Blob;
      /** What `etagOf` gives for what was read: a change of something that is another by now is refused (412). */
      readonly ifMatch?: string | undefined;
    };
    answer: Account;
  };
}

/** Where each operation is, whether it may be repeated under an Idempotency-Key, and the type of a file that does not say its own. */
export const OPERATIONS = {
  getLiveness: { method: 'GET', path: '/livez', isIdempotent: false },
  getReadiness: { method: 'GET', path: '/readyz', isIdempotent: false },
  explainProblem: { method: 'GET', path: '/problems/{type}', isIdempotent: false },
  register: { method: 'POST', path: '/api/v1/auth/register', isIdempotent: false },
  login: { method: 'POST', path: '/api/v1/auth/login', isIdempotent: false },
  logout: { method: 'POST', path: '/api/v1/auth/logout', isIdempotent: false },
  requestPasswordReset: { method: 'POST', path: '/api/v1/auth/password-reset', isIdempotent: false },
  resetPassword: { method: 'POST', path: '/api/v1/auth/password-reset/confirm', isIdempotent: false },
  verifyEmail: { method: 'POST', path: '/api/v1/auth/verify-email', isIdempotent: false },
  resendVerification: { method: 'POST', path: '/api/v1/auth/verify-email/resend', isIdempotent: false },
  requestEmailChange: { method: 'POST', path: '/api/v1/me/email', isIdempotent: false },
  confirmEmailChange: { method: 'POST', path: '/api/v1/auth/email-change/confirm', isIdempotent: false },
  undoEmailChange: { method: 'POST', path: '/api/v1/auth/email-change/undo', isIdempotent: false },
  getMe: { method: 'GET', path: '/api/v1/me', isIdempotent: false },
  changeMe: { method: 'PATCH', path: '/api/v1/me', isIdempotent: false },
  changePassword: { method: 'POST', path: '/api/v1/me/password', isIdempotent: false },
  listSessions: { method: 'GET', path: '/api/v1/sessions', isIdempotent: false },
  endSession: { method: 'DELETE', path: '/api/v1/sessions/{id}', isIdempotent: false },
  getSecondFactor: { method: 'GET', path: '/api/v1/me/second-factor', isIdempotent: false },
  addSecondFactor: { method: 'POST', path: '/api/v1/me/second-factor', isIdempotent: false },
  confirmSecondFactor: { method: 'POST', path: '/api/v1/me/second-factor/confirm', isIdempotent: false },
  replaceRecoveryCodes: {
    method: 'POST',
    path: '/api/v1/me/second-factor/recovery-codes',
    isIdempotent: false,
  },
  removeSecondFactor: { method: 'POST', path: '/api/v1/me/second-factor/remove', isIdempotent: false },
  listApiKeys: { method: 'GET', path: '/api/v1/api-keys', isIdempotent: false },
  createApiKey: { method: 'POST', path: '/api/v1/api-keys', isIdempotent: true },
  revokeApiKey: { method: 'DELETE', path: '/api/v1/api-keys/{id}', isIdempotent: false },
  getSettings: { method: 'GET', path: '/api/v1/settings', isIdempotent: false },
  changeSettings: { method: 'PATCH', path: '/api/v1/settings', isIdempotent: false },
  listUsers: { method: 'GET', path: '/api/v1/admin/users', isIdempotent: false },
  createUser: { method: 'POST', path: '/api/v1/admin/users', isIdempotent: true },
  deleteUser: { method: 'DELETE', path: '/api/v1/admin/users/{id}', isIdempotent: false },
  getUser: { method: 'GET', path: '/api/v1/admin/users/{id}', isIdempotent: false },
  changeUser: { method: 'PATCH', path: '/api/v1/admin/users/{id}', isIdempotent: false },
  unlockUser: { method: 'POST', path: '/api/v1/admin/users/{id}/unlock', isIdempotent: false },
  setUserPassword: { method: 'POST', path: '/api/v1/admin/users/{id}/password', isIdempotent: false },
  verifyUserEmail: { method: 'POST', path: '/api/v1/admin/users/{id}/verify-email', isIdempotent: false },
  removeUserSecondFactor: {
    method: 'DELETE',
    path: '/api/v1/admin/users/{id}/second-factor',
    isIdempotent: false,
  },
  endUserSessions: { method: 'DELETE', path: '/api/v1/admin/users/{id}/sessions', isIdempotent: false },
  listSessionsOfPeople: { method: 'GET', path: '/api/v1/admin/sessions', isIdempotent: false },
  endSessionOfPerson: { method: 'DELETE', path: '/api/v1/admin/sessions/{id}', isIdempotent: false },
  getServerSettings: { method: 'GET', path: '/api/v1/admin/settings', isIdempotent: false },
  changeServerSettings: { method: 'PATCH', path: '/api/v1/admin/settings', isIdempotent: false },
  listBlockedIps: { method: 'GET', path: '/api/v1/admin/blocked-ips', isIdempotent: false },
  blockIp: { method: 'POST', path: '/api/v1/admin/blocked-ips', isIdempotent: true },
  unblockIp: { method: 'DELETE', path: '/api/v1/admin/blocked-ips/{id}', isIdempotent: false },
  getSecurityOverview: { method: 'GET', path: '/api/v1/admin/security', isIdempotent: false },
  listAccountsOfPeople: { method: 'GET', path: '/api/v1/admin/accounts', isIdempotent: false },
  haltAccountOfPerson: { method: 'POST', path: '/api/v1/admin/accounts/{id}/halt', isIdempotent: false },
  killAccountOfPerson: { method: 'POST', path: '/api/v1/admin/accounts/{id}/kill', isIdempotent: false },
  closeAccountOfPerson: { method: 'POST', path: '/api/v1/admin/accounts/{id}/close', isIdempotent: false },
  liftHoldOfAccount: { method: 'POST', path: '/api/v1/admin/accounts/{id}/lift', isIdempotent: false },
  listStrategiesOfPeople: { method: 'GET', path: '/api/v1/admin/strategies', isIdempotent: false },
  stopStrategyOfPerson: { method: 'POST', path: '/api/v1/admin/strategies/{id}/stop', isIdempotent: false },
  liftHoldOfStrategy: { method: 'POST', path: '/api/v1/admin/strategies/{id}/lift', isIdempotent: false },
  listJobs: { method: 'GET', path: '/api/v1/admin/jobs', isIdempotent: false },
  runJob: { method: 'POST', path: '/api/v1/admin/jobs/{job}/run', isIdempotent: true },
  listCopies: { method: 'GET', path: '/api/v1/admin/copies', isIdempotent: false },
  listBackups: { method: 'GET', path: '/api/v1/admin/backups', isIdempotent: false },
  makeBackup: { method: 'POST', path: '/api/v1/admin/backups', isIdempotent: true },
  listMigrations: { method: 'GET', path: '/api/v1/admin/migrations', isIdempotent: false },
  getServerHealth: { method: 'GET', path: '/api/v1/admin/health', isIdempotent: false },
  listInstruments: { method: 'GET', path: '/api/v1/instruments', isIdempotent: false },
  getInstrument: { method: 'GET', path: '/api/v1/instruments/{name}', isIdempotent: false },
  listStrategyTypes: { method: 'GET', path: '/api/v1/strategy-types', isIdempotent: false },
  getStrategyType: { method: 'GET', path: '/api/v1/strategy-types/{type}', isIdempotent: false },
  listQuotes: { method: 'GET', path: '/api/v1/quotes', isIdempotent: false },
  getMarketClock: { method: 'GET', path: '/api/v1/market/clock', isIdempotent: false },
  listAccounts: { method: 'GET', path: '/api/v1/accounts', isIdempotent: false },
  createAccount: { method: 'POST', path: '/api/v1/accounts', isIdempotent: true },
  getAccount: { method: 'GET', path: '/api/v1/accounts/{id}', isIdempotent: false },
  changeAccount: { method: 'PATCH', path: '/api/v1/accounts/{id}', isIdempotent: false },
  closeAccount: { method: 'DELETE', path: '/api/v1/accounts/{id}', isIdempotent: false },
  getAccountSummary: { method: 'GET', path: '/api/v1/accounts/{id}/summary', isIdempotent: false },
  haltAccount: { method: 'POST', path: '/api/v1/accounts/{id}/halt', isIdempotent: false },
  resumeAccount: { method: 'POST', path: '/api/v1/accounts/{id}/resume', isIdempotent: false },
  killAccount: { method: 'POST', path: '/api/v1/accounts/{id}/kill', isIdempotent: false },
  listStrategies: { method: 'GET', path: '/api/v1/strategies', isIdempotent: false },
  createStrategy: { method: 'POST', path: '/api/v1/strategies', isIdempotent: true },
  getStrategy: { method: 'GET', path: '/api/v1/strategies/{id}', isIdempotent: false },
  changeStrategy: { method: 'PATCH', path: '/api/v1/strategies/{id}', isIdempotent: false },
  deleteStrategy: { method: 'DELETE', path: '/api/v1/strategies/{id}', isIdempotent: false },
  getStrategyState: { method: 'GET', path: '/api/v1/strategies/{id}/state', isIdempotent: false },
  startStrategy: { method: 'POST', path: '/api/v1/strategies/{id}/start', isIdempotent: false },
  pauseStrategy: { method: 'POST', path: '/api/v1/strategies/{id}/pause', isIdempotent: false },
  resumeStrategy: { method: 'POST', path: '/api/v1/strategies/{id}/resume', isIdempotent: false },
  stopStrategy: { method: 'POST', path: '/api/v1/strategies/{id}/stop', isIdempotent: false },
  placeOrder: { method: 'POST', path: '/api/v1/orders', isIdempotent: true },
  listOrders: { method: 'GET', path: '/api/v1/orders', isIdempotent: false },
  previewOrder: { method: 'POST', path: '/api/v1/orders/preview', isIdempotent: false },
  getOrder: { method: 'GET', path: '/api/v1/orders/{id}', isIdempotent: false },
  replaceOrder: { method: 'PATCH', path: '/api/v1/orders/{id}', isIdempotent: true },
  cancelOrder: { method: 'DELETE', path: '/api/v1/orders/{id}', isIdempotent: false },
  cancelOrders: { method: 'POST', path: '/api/v1/accounts/{id}/cancel-orders', isIdempotent: true },
  closePositions: { method: 'POST', path: '/api/v1/accounts/{id}/close-positions', isIdempotent: true },
  getOrderTimeline: { method: 'GET', path: '/api/v1/orders/{id}/timeline', isIdempotent: false },
  listPositions: { method: 'GET', path: '/api/v1/positions', isIdempotent: false },
  getPosition: { method: 'GET', path: '/api/v1/positions/{id}', isIdempotent: false },
  protectPosition: { method: 'PATCH', path: '/api/v1/positions/{id}', isIdempotent: false },
  listNetPositions: { method: 'GET', path: '/api/v1/net-positions', isIdempotent: false },
  closePosition: { method: 'POST', path: '/api/v1/positions/{id}/close', isIdempotent: true },
  closeNetPosition: { method: 'POST', path: '/api/v1/net-positions/{instrument}/close', isIdempotent: true },
  getEquityHistory: { method: 'GET', path: '/api/v1/accounts/{id}/equity', isIdempotent: false },
  listBookings: { method: 'GET', path: '/api/v1/accounts/{id}/ledger', isIdempotent: false },
  getStatement: { method: 'GET', path: '/api/v1/accounts/{id}/statement', isIdempotent: false },
  listTrades: { method: 'GET', path: '/api/v1/trades', isIdempotent: false },
  getTrade: { method: 'GET', path: '/api/v1/trades/{id}', isIdempotent: false },
  listEvents: { method: 'GET', path: '/api/v1/events', isIdempotent: false },
  listEventsOfPeople: { method: 'GET', path: '/api/v1/admin/events', isIdempotent: false },
  listPriceSeries: { method: 'GET', path: '/api/v1/price-series', isIdempotent: false },
  importPriceSeries: {
    method: 'POST',
    path: '/api/v1/price-series',
    isIdempotent: true,
    fileType: 'text/csv',
  },
  getPriceSeries: { method: 'GET', path: '/api/v1/price-series/{id}', isIdempotent: false },
  changePriceSeries: { method: 'PATCH', path: '/api/v1/price-series/{id}', isIdempotent: false },
  deletePriceSeries: { method: 'DELETE', path: '/api/v1/price-series/{id}', isIdempotent: false },
  listPriceGaps: { method: 'GET', path: '/api/v1/price-series/{id}/gaps', isIdempotent: false },
  listPriceSeriesOfPeople: { method: 'GET', path: '/api/v1/admin/price-series', isIdempotent: false },
  getPriceSeriesOfPerson: { method: 'GET', path: '/api/v1/admin/price-series/{id}', isIdempotent: false },
  renamePriceSeriesOfPerson: {
    method: 'PATCH',
    path: '/api/v1/admin/price-series/{id}',
    isIdempotent: false,
  },
  deletePriceSeriesOfPerson: {
    method: 'DELETE',
    path: '/api/v1/admin/price-series/{id}',
    isIdempotent: false,
  },
  listCandles: { method: 'GET', path: '/api/v1/candles', isIdempotent: false },
  getStrategyDrift: { method: 'GET', path: '/api/v1/strategies/{id}/drift', isIdempotent: false },
  createBacktest: { method: 'POST', path: '/api/v1/backtests', isIdempotent: true },
  listBacktests: { method: 'GET', path: '/api/v1/backtests', isIdempotent: false },
  cancelBacktest: { method: 'POST', path: '/api/v1/backtests/{id}/cancel', isIdempotent: false },
  deleteBacktest: { method: 'DELETE', path: '/api/v1/backtests/{id}', isIdempotent: false },
  getBacktest: { method: 'GET', path: '/api/v1/backtests/{id}', isIdempotent: false },
  getBacktestResults: { method: 'GET', path: '/api/v1/backtests/{id}/results', isIdempotent: false },
  getBacktestEquity: { method: 'GET', path: '/api/v1/backtests/{id}/equity', isIdempotent: false },
  listBacktestTrades: { method: 'GET', path: '/api/v1/backtests/{id}/trades', isIdempotent: false },
  listNotifications: { method: 'GET', path: '/api/v1/notifications', isIdempotent: false },
  markNotificationRead: { method: 'POST', path: '/api/v1/notifications/{id}/read', isIdempotent: false },
  markAllNotificationsRead: { method: 'POST', path: '/api/v1/notifications/read', isIdempotent: false },
  getNotificationSettings: { method: 'GET', path: '/api/v1/notification-settings', isIdempotent: false },
  changeNotificationSettings: { method: 'PATCH', path: '/api/v1/notification-settings', isIdempotent: false },
  getNotificationPushKey: { method: 'GET', path: '/api/v1/notification-push-key', isIdempotent: false },
  listNotificationChannels: { method: 'GET', path: '/api/v1/notification-channels', isIdempotent: false },
  addNotificationChannel: { method: 'POST', path: '/api/v1/notification-channels', isIdempotent: true },
  getNotificationChannel: { method: 'GET', path: '/api/v1/notification-channels/{id}', isIdempotent: false },
  changeNotificationChannel: {
    method: 'PATCH',
    path: '/api/v1/notification-channels/{id}',
    isIdempotent: false,
  },
  removeNotificationChannel: {
    method: 'DELETE',
    path: '/api/v1/notification-channels/{id}',
    isIdempotent: false,
  },
  testNotification: { method: 'POST', path: '/api/v1/notifications/test', isIdempotent: true },
  listNotificationDeliveries: { method: 'GET', path: '/api/v1/notification-deliveries', isIdempotent: false },
  sendNotificationDelivery: {
    method: 'POST',
    path: '/api/v1/notification-deliveries/{id}/send',
    isIdempotent: false,
  },
  putNewsCalendar: {
    method: 'PUT',
    path: '/api/v1/accounts/{id}/news-calendar',
    isIdempotent: false,
    fileType: 'text/csv',
  },
} as const;

/** What a client sends over the WebSocket. */
export type ClientFrame =
  | { readonly type: 'authenticate'; readonly token: string }
  | {
      readonly type: 'unsubscribe';
      readonly channel: 'quotes' | 'account' | 'strategies' | 'backtests' | 'events' | 'notifications';
      readonly accountId?: string;
    }
  | { readonly type: 'acknowledge'; readonly sequence: number }
  | {
      readonly type: 'subscribe';
      readonly channel: 'quotes';
      readonly accountId: string;
      readonly instruments: readonly string[];
    }
  | { readonly type: 'subscribe'; readonly channel: 'account'; readonly accountId: string }
  | { readonly type: 'subscribe'; readonly channel: 'strategies' }
  | { readonly type: 'subscribe'; readonly channel: 'backtests' }
  | { readonly type: 'subscribe'; readonly channel: 'events'; readonly after?: number }
  | { readonly type: 'subscribe'; readonly channel: 'notifications' };

/** What the server sends over the WebSocket. */
export type ServerFrame =
  | { readonly type: 'authenticated'; readonly userId: string }
  | {
      readonly type: 'subscribed';
      readonly channel: 'quotes' | 'account' | 'strategies' | 'backtests' | 'events' | 'notifications';
      readonly accountId?: string;
    }
  | {
      readonly type: 'unsubscribed';
      readonly channel: 'quotes' | 'account' | 'strategies' | 'backtests' | 'events' | 'notifications';
      readonly accountId?: string;
    }
  | {
      readonly type: 'error';

      /** The name of a problem. */
      readonly code: string;
      readonly detail: string;
      readonly channel?: 'quotes' | 'account' | 'strategies' | 'backtests' | 'events' | 'notifications';
      readonly accountId?: string;
    }
  | {
      readonly type: 'data';
      readonly channel: 'quotes';
      readonly data: { readonly accountId: string; readonly quotes: readonly Quote[] };
    }
  | {
      readonly type: 'data';
      readonly channel: 'account';

      /** The number of the (last) journal entry that this comes from. */
      readonly sequence?: number;
      readonly data: AccountRows | AccountValues;
    }
  | {
      readonly type: 'data';
      readonly channel: 'strategies';

      /** The number of the (last) journal entry that this comes from. */
      readonly sequence: number;
      readonly data: {
        readonly strategyId: string;
        readonly accountId: string | null;
        readonly status: 'stopped' | 'starting' | 'running' | 'paused' | 'draining' | 'stopping' | 'failed';
        readonly previousStatus: string | null;
        readonly description: string;
        readonly occurredAt: string;
      };
    }
  | {
      readonly type: 'data';
      readonly channel: 'backtests';
      readonly data: { readonly backtestId: string; readonly status: string; readonly progress: number };
    }
  | {
      readonly type: 'data';
      readonly channel: 'events';

      /** The number of the (last) journal entry that this comes from. */
      readonly sequence: number;
      readonly data: Event;
    }
  | { readonly type: 'data'; readonly channel: 'notifications'; readonly data: Notification };
