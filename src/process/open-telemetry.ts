/** Traces recorded with OpenTelemetry, and sent to a collector over OTLP/HTTP. Loaded only where the settings name one. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { recentlyUsed } from './recently-used.ts';
import type { Context, Span, Tracer } from '@opentelemetry/api';
import type { RequestTrace, RequestTracing } from './tracing.ts';

/** Orders that rest longer than that many others take come without a trace when they fill. */
const REMEMBERED_ORDERS = 1_000;

/** How soon spans are sent, and how long a collector that does not answer is waited for. */
const SEND_EVERY_MS = 1_000;
const SEND_TIMEOUT_MS = 5_000;
/** At the stop of the server it is waited for less. */
const GRACE_MS = 2_000;

/** Where traces go, and who sends them. */
export interface OpenTelemetrySettings {
  /** The address of the collector; `/v1/traces` is added to it. */
  readonly endpoint: string;
  readonly version: string;
  /** How long a collector that does not answer is waited for; some seconds when left out. */
  readonly sendTimeoutMs?: number;
}

/** Traces of one server. */
export class OpenTelemetryTracing implements RequestTracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #open = new AsyncLocalStorage<Context>();
  readonly #orders = recentlyUsed<Context>(REMEMBERED_ORDERS);

  constructor({ endpoint, version, sendTimeoutMs = SEND_TIMEOUT_MS }: OpenTelemetrySettings) {
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
      timeoutMillis: sendTimeoutMs,
    });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'auto-forex', 'service.version': version }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter,
          scheduledDelayMillis: SEND_EVERY_MS,
          exportTimeoutMillis: sendTimeoutMs,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('auto-forex', version);
  }

  openRequest(name: string, traceparent: string | undefined): RequestTrace {
    const span = this.#tracer.startSpan(name, { kind: SpanKind.SERVER }, contextFrom(traceparent));
    const context = trace.setSpan(ROOT_CONTEXT, span);
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceId,
      traceparent: `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`,
      within: (work) => this.#open.run(context, work),
      end: (status) => {
        if (status === undefined) span.setAttribute('error.type', 'sender-gone');
        else span.setAttribute('http.response.status_code', status);
        if (status === undefined || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  span<T>(name: string, work: () => Promise<T>): Promise<T> {
    const parent = this.#open.getStore();
    return parent ? this.#inSpan(this.#tracer.startSpan(name, {}, parent), work) : work();
  }

  orderSpan<T>(orderId: string, name: string, work: () => Promise<T>): Promise<T> {
    const parent = this.#open.getStore();
    return parent ? this.#inSpan(this.#startOf(orderId, name, parent), work) : work();
  }

  ownSpan<T>(orderId: string, name: string, work: () => Promise<T>): Promise<T> {
    return this.#inSpan(this.#startOf(orderId, name, ROOT_CONTEXT), work);
  }

  laterSpan<T>(orderIds: readonly string[], name: string, work: () => T): T {
    // What is open says nothing: the loop of an account continues in whatever woke it.
    const orderId = orderIds.find((id) => this.#orders.has(id));
    const parent = orderId === undefined ? undefined : this.#orders.get(orderId);
    return parent ? this.#inSpan(this.#tracer.startSpan(name, {}, parent), work) : work();
  }

  /** Sends what has not been sent, and nothing more. A collector that is away loses it. */
  async stop(): Promise<void> {
    const grace = new AbortController();
    // What fails here must not look like a failure of the server.
    const sent = this.#provider.shutdown().catch(() => undefined);
    await Promise.race([sent, sleep(GRACE_MS, undefined, { signal: grace.signal }).catch(() => undefined)]);
    grace.abort();
  }

  #startOf(orderId: string, name: string, parent: Context): Span {
    const span = this.#tracer.startSpan(name, { attributes: { 'order.id': orderId } }, parent);
    this.#orders.set(orderId, trace.setSpan(ROOT_CONTEXT, span));
    return span;
  }

  #inSpan<T>(span: Span, work: () => T): T {
    const fail = (error: unknown): never => {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      span.end();
      throw error;
    };
    let result: T;
    try {
      result = this.#open.run(trace.setSpan(ROOT_CONTEXT, span), work);
    } catch (error) {
      return fail(error);
    }
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    result.then(() => span.end(), fail).catch(() => undefined);
    return result;
  }
}

/** The context that a header `traceparent` of the W3C names; none when it is missing or says nothing that can be read. */
function contextFrom(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT;
  const remote = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, remote);
}
