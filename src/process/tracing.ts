/** Traces: what took how long for one request and for the orders that it made, from its arrival to the fill. */

/** Where spans of work go. Work is done whether or not anyone records it. */
export interface Tracing {
  /** Does work in a span below that of the request that is being answered; without a span where there is none. */
  span<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Does work as {@link Tracing.span} does; what comes later for this order is below the same request. */
  orderSpan<T>(orderId: string, name: string, work: () => Promise<T>): Promise<T>;
  /** Does work for an order that no request asked for: in a trace of its own, to which what comes later for it belongs. */
  ownSpan<T>(orderId: string, name: string, work: () => Promise<T>): Promise<T>;
  /** Does work in a span of the first of these orders that has a trace; without a span when none has. */
  laterSpan<T>(orderIds: readonly string[], name: string, work: () => T): T;
}

/** No one records anything. */
export const NO_TRACING: Tracing = {
  span: (_name, work) => work(),
  orderSpan: (_orderId, _name, work) => work(),
  ownSpan: (_orderId, _name, work) => work(),
  laterSpan: (_orderIds, _name, work) => work(),
};

/** The trace of a request that is being answered. */
export interface RequestTrace {
  readonly traceId: string;
  /** The header `traceparent` of the W3C. */
  readonly traceparent: string;
  /** Does something of the request: spans that it opens, now or later, are below the request's. */
  within(work: () => void): void;
  /** `status` is that of the answer; undefined when its sender was gone before. */
  end(status: number | undefined): void;
}

/** Traces requests too. */
export interface RequestTracing extends Tracing {
  /** `traceparent` is what the sender says about the trace that the request belongs to. */
  openRequest(name: string, traceparent: string | undefined): RequestTrace;
}
