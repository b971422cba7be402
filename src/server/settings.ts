/** The settings that the server has: one schema over the environment, with every default and description. */

import Type from 'typebox';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What to do about migrations at start. */
const MIGRATION_MODES = ['auto', 'wait', 'check', 'off', 'only'] as const;

export const DEFAULT_FEED = 'synthetic';

const optionalText = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

/** Every setting with its default; `.env.example` is written from this. */
export const SETTINGS = Type.Object({
  DATABASE_URL: optionalText(
    'PostgreSQL, as postgresql://user:password@host:port/name. Without it the server starts its own under DATA_DIRECTORY.',
  ),
  MIGRATION_DATABASE_URL: optionalText(
    'Another address for migrations: a role that may change the schema, or past a transaction pooler.',
  ),
  DATA_DIRECTORY: Type.String({
    default: '.data',
    minLength: 1,
    description: "Where the server's own PostgreSQL keeps its data.",
  }),
  HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'The address to listen on; 0.0.0.0 in a container.',
  }),
  PORT: Type.Integer({
    default: 8000,
    minimum: 0,
    maximum: 65_535,
    description: 'The port to listen on; 0 chooses a free one.',
  }),
  PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/]+$',
      description: 'The address that browsers use, without a path; https makes the session cookie secure.',
    }),
  ),
  TRUSTED_PROXIES: Type.String({
    default: '',
    description: 'Addresses or ranges, separated by commas, whose X-Forwarded-For is believed.',
  }),
  LOG_LEVEL: Type.Enum(LOG_LEVELS, { default: 'info', description: `One of ${LOG_LEVELS.join(', ')}.` }),
  NODE_ENV: Type.Enum(['development', 'test', 'production'], {
    default: 'development',
    description: 'production asks for --yes before anything is destroyed and refuses edited migrations.',
  }),
  MIGRATIONS: Type.Enum(MIGRATION_MODES, {
    default: 'auto',
    description:
      'auto migrates and serves, wait waits for another copy to migrate, check refuses to serve when something is pending, only migrates and ends, off serves without looking.',
  }),
  MIGRATION_LOCK_WAIT_SECONDS: Type.Integer({
    default: 900,
    minimum: 1,
    description: 'How long to wait for another copy that migrates.',
  }),
  MIGRATION_STATEMENT_LIMIT_MINUTES: Type.Integer({
    default: 60,
    minimum: 1,
    // PostgreSQL's own time-out is a number of milliseconds of 31 bits.
    maximum: 35_000,
    description:
      'How long one statement of a migration may take, waiting for others included; it is then given up.',
  }),
  MIGRATIONS_ON_FAILURE: Type.Enum(['exit', 'hold'], {
    default: 'exit',
    description:
      'hold keeps a server whose migrations failed alive but not ready, so that a person can fix it with manage.',
  }),
  MIGRATIONS_HOLD_SECONDS: Type.Integer({
    default: 900,
    minimum: 1,
    description: 'How long hold lasts before the server ends.',
  }),
  MIGRATIONS_ALLOW_AHEAD: Type.Boolean({
    default: false,
    description: 'Serve although the database has contract migrations that this version does not know.',
  }),
  CONTRACT: Type.Enum(['manual', 'auto'], {
    default: 'manual',
    description: 'auto runs contract migrations at start when nothing needs the old shape any more.',
  }),
  BACKUP_BEFORE_MIGRATE: Type.Enum(['off', 'auto', 'required'], {
    default: 'auto',
    description:
      'auto requires a fresh backup before it migrates, makes one if it can and otherwise continues with a warning; required refuses.',
  }),
  BACKUP_MAX_AGE_MINUTES: Type.Integer({
    default: 60,
    minimum: 1,
    description: 'How old a fresh backup may be.',
  }),
  BACKUP_DIRECTORY: Type.Optional(
    Type.String({ minLength: 1, description: 'Where the server and db backup write backups.' }),
  ),
  BACKUP_AT: Type.Optional(
    Type.String({
      pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
      description:
        'At what time of day (UTC) the server makes a backup in BACKUP_DIRECTORY, such as 03:00. Without it the server makes none by itself.',
    }),
  ),
  BACKUP_KEEP: Type.Integer({
    default: 14,
    minimum: 1,
    maximum: 10_000,
    description:
      'With BACKUP_AT: how many backups of the database are kept in BACKUP_DIRECTORY; older ones are removed.',
  }),
  ENCRYPTION_KEYS: optionalText(
    "Keys that brokers' tokens are stored with, as id:base64 of 32 bytes, separated by commas; the first is used for new ones. Outside production the server makes one in DATA_DIRECTORY.",
  ),
  ALLOW_LIVE_TRADING: Type.Boolean({
    default: false,
    description: 'Whether accounts with real money can be connected and traded.',
  }),
  OANDA_PRACTICE_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/?#]+$',
      description:
        "Where practice accounts are instead of at OANDA, without a path: a simulator's address, such as http://127.0.0.1:8450.",
    }),
  ),
  PAPER_FEED: Type.String({
    default: DEFAULT_FEED,
    minLength: 1,
    description:
      'The paper market: synthetic?seed=1&speed=1&start=2026-01-05T00:00:00Z, or replay:FILE?speed=60 (speed=max: lock-step).',
  }),
  SMTP_URL: optionalText(
    'The mail server, as smtps://user:password@host:465 or smtp://…:587. Without it no e-mail is sent; with it MAIL_FROM and PUBLIC_URL are needed.',
  ),
  MAIL_FROM: Type.Optional(
    Type.String({
      pattern: String.raw`^([^<>\r\n]+ <)?[^\s<>@]+@[^\s<>@]+>?$`,
      description: 'Whom e-mails are from: forex@example.org, or Auto Forex <forex@example.org>.',
    }),
  ),
  NOTIFY_PRIVATE_ADDRESSES: Type.Boolean({
    default: false,
    description:
      'Whether people may have webhooks called at addresses that are not public, such as 192.168.0.10: for a server whose people may reach all that it can.',
  }),
  TELEGRAM_URL: Type.String({
    default: 'https://api.telegram.org',
    pattern: '^https?://[^/?#]+$',
    description: "Where Telegram's Bot API is, without a path; another one for a Bot API server of your own.",
  }),
  BACKTEST_THREADS: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 64,
      description: 'How many backtests run at once; by default one less than there are processors.',
    }),
  ),
  RECORDED_QUOTES_DAYS: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 3_660,
    description: 'How many days of recorded quotes are kept of each instrument that an account trades.',
  }),
  METRICS_TOKEN: Type.Optional(
    Type.String({
      minLength: 16,
      description:
        'The token with which Prometheus reads /metrics, at least 16 characters. Without it there is no /metrics.',
    }),
  ),
  ALIVE_PING_URL: Type.Optional(
    Type.String({
      pattern: String.raw`^https?://[^/?#@\s]+([/?#]\S*)?$`,
      description:
        'An address of a watcher outside that is called again and again while the server is ready; the watcher raises the alarm when that stays away.',
    }),
  ),
  ALIVE_PING_SECONDS: Type.Integer({
    default: 60,
    minimum: 5,
    maximum: 86_400,
    description: 'The pause between two such calls.',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      pattern: String.raw`^https?://[^/?#\s]+(/\S*)?$`,
      description:
        'Where traces are sent over OTLP/HTTP, as http://collector:4318 without /v1/traces. Without it nothing is traced.',
    }),
  ),
  SIMULATOR_TOKEN: optionalText(
    "The token that manage simulator takes; without it, any of the shape that OANDA's have.",
  ),
});

/** Settings that may be read from the file that `NAME_FILE` names, as container secrets are. */
export const SECRET_SETTINGS = [
  'DATABASE_URL',
  'MIGRATION_DATABASE_URL',
  'ENCRYPTION_KEYS',
  'SMTP_URL',
  'METRICS_TOKEN',
  'SIMULATOR_TOKEN',
] as const;
