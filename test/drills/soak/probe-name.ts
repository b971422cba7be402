/** The message of the probe's line in the server's log. */
export const PROBE = 'probe of the soak';
