/** The times of streams: on the wall, whatever the market's clock shows. */

/** How often a stream says that it is alive. Source: OANDA v20. */
export const HEARTBEAT_MS = 5_000;

/** At most one price an instrument is sent in this time, the last one. Source: OANDA v20. */
export const PRICE_WINDOW_MS = 250;

/** Runs tasks again and again; a test passes the time by hand. */
export interface StreamTimers {
  /** Runs a task every `everyMs`; the function it returns ends it. */
  every(task: () => void, everyMs: number): () => void;
}

/** The timers of the machine. */
export const SYSTEM_TIMERS: StreamTimers = {
  every: (task, everyMs) => {
    const timer = setInterval(task, everyMs);
    return () => clearInterval(timer);
  },
};
