/** How much a journal entry matters; notifications and user settings speak the same scale. */
export const EVENT_SEVERITIES = ['debug', 'info', 'warning', 'error', 'critical'] as const;
