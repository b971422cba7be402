/** Tasks that are run again and again, at times that a test can pass by hand. */

/** Runs a task every so many milliseconds; the function it returns ends it. */
export type Every = (task: () => void, everyMs: number) => () => void;

/** By the timers of the machine. */
export const everyOnTheClock: Every = (task, everyMs) => {
  const timer = setInterval(task, everyMs);
  return () => clearInterval(timer);
};
