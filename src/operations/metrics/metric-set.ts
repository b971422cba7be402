/** Every metric of the server, by its name, what it means and its labels. No label holds a person, an account or anything else without bounds. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Orders take from a millisecond at a paper broker to the ten seconds after which an answer counts as lost. */
const ORDER_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Few, because each route has a series for each. */
const REQUEST_SECONDS = [0.005, 0.025, 0.1, 0.5, 2.5, 10];

export type MetricSet = ReturnType<typeof makeMetrics>;

/** Makes all metrics, on a registry of their own. */
export function makeMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: `auto_forex_${name}`, help, labelNames, registers });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `auto_forex_${name}`, help, labelNames, registers });
  return {
    registry,
    build: gauge('build_info', 'Always 1; the label is the version of the server.', ['version']),
    ready: gauge('ready', 'Whether /readyz answers 200.'),
    databaseUp: gauge(
      'database_up',
      'Whether the database answers, as far as this copy of the server knows.',
    ),
    migrationsPending: gauge(
      'migrations_pending',
      'Migrations of this version that are not applied; contracts wait for a person.',
    ),
    poolConnections: gauge('database_pool_connections', 'Open connections to the database, by pool.', [
      'pool',
    ]),
    poolInUse: gauge('database_pool_connections_in_use', 'Those of them that are in use, by pool.', ['pool']),
    poolWaiting: gauge('database_pool_waiting', 'How many wait for a connection, by pool.', ['pool']),
    accounts: gauge('accounts_running', 'Accounts that this copy of the server runs.', ['environment']),
    accountsHalted: gauge('accounts_halted', 'Those of them that take no new exposure.', ['environment']),
    accountsDiffering: gauge('accounts_differing', 'Those of them that differ from what their broker says.', [
      'environment',
    ]),
    accountsFaulty: gauge('accounts_faulty', 'Accounts that this copy tried to run and cannot.'),
    accountsReconciling: gauge('accounts_reconciling', 'Accounts that failed here and are being rebuilt.'),
    comparisonAge: gauge(
      'account_comparison_age_seconds',
      'Time since the account that was compared with its broker longest ago was compared.',
      ['environment'],
    ),
    streamAge: gauge('stream_age_seconds', 'Time since the stream that is silent for longest was heard.', [
      'environment',
      'stream',
    ]),
    strategies: gauge('strategies_running', 'Strategies on the accounts that this copy of the server runs.'),
    orderSeconds: new Histogram({
      name: 'auto_forex_order_stage_duration_seconds',
      help: 'Market orders: "sent", from passing the risk rules to leaving for the broker; "filled", from there to the recorded fill.',
      labelNames: ['environment', 'stage'],
      buckets: ORDER_SECONDS,
      registers,
    }),
    queued: gauge('queue_waiting', 'What waits in the queues that all copies of the server share.', [
      'queue',
    ]),
    working: gauge('queue_running', 'What is being worked on in them.', ['queue']),
    notificationsMade: counter('notifications_total', 'Notifications that this copy of the server has made.'),
    messages: counter(
      'notification_messages_total',
      'Attempts to send messages to channels: "delivered", "failed" and to be tried again, or "dead", which is given up.',
      ['kind', 'result'],
    ),
    messagesWaiting: gauge(
      'notification_messages_waiting',
      'Messages to channels that wait, for all copies.',
      ['kind'],
    ),
    messagesDead: gauge(
      'notification_messages_dead',
      'Messages to channels that were given up in the last day, for all copies.',
      ['kind'],
    ),
    messageAge: gauge(
      'notification_message_overdue_seconds',
      'Time since the message to a channel that waits for longest was due.',
    ),
    jobSuccessAge: gauge(
      'job_success_age_seconds',
      'Time since a scheduled job was done last, or since it is there.',
      ['scheduled_job'],
    ),
    jobFailures: gauge('job_failures', 'How many runs of a scheduled job failed since one was done.', [
      'scheduled_job',
    ]),
    sockets: gauge('sockets_open', 'Open WebSockets.'),
    conflated: counter(
      'quotes_conflated_total',
      'Quotes that a newer one replaced before a WebSocket took them.',
    ),
    requests: counter('http_requests_total', 'Answered requests; the route is its template.', [
      'method',
      'route',
      'status',
    ]),
    requestSeconds: new Histogram({
      name: 'auto_forex_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer.',
      labelNames: ['method', 'route'],
      buckets: REQUEST_SECONDS,
      registers,
    }),
    logLines: counter('log_lines_total', 'Lines of the log, by level.', ['level']),
    loopDelayP99: gauge(
      'event_loop_delay_p99_seconds',
      'How late the event loop was in the worst hundredth of the time since the last scrape.',
    ),
    loopDelayMax: gauge('event_loop_delay_max_seconds', 'How late it was at most since the last scrape.'),
    processor: new Counter({
      name: 'process_cpu_seconds_total',
      help: 'Processor time of the process.',
      registers,
    }),
    memory: new Gauge({
      name: 'process_resident_memory_bytes',
      help: 'Memory of the process.',
      registers,
    }),
    startedAt: new Gauge({
      name: 'process_start_time_seconds',
      help: 'When the process started (Unix time).',
      registers,
    }),
  };
}
