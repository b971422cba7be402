/** The version of everything that turns prices into a result: engine, rules, strategies, simulation and metrics together. */

/** Raised whenever the same spec on the same prices may give another result; results of different versions are not comparable. */
export const ENGINE_VERSION = '7';
