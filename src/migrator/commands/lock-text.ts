/** Sessions around the migration lock, a line each. */
import { timeText } from './text.ts';
import type { LockSessions, Session } from '../inspect/doctor/lock-sessions.ts';

/** Returns a line for each session that holds the lock, waits for it or waits for what its holder has locked. */
export function lockText({ holders, waiting, blocked }: LockSessions): string[] {
  return [
    ...holders.map((session) => `held by ${sessionText(session)}`),
    ...waiting.map((session) => `connected to migrate too: ${sessionText(session)}`),
    ...blocked.map((session) => `waits for the holder: ${sessionText(session)}`),
  ];
}

/** Returns who a session is and what it does. */
export function sessionText(session: Session): string {
  const { pid, application, user, host, connectedAt, state, statementAt, statement } = session;
  return [
    `process ${pid}`,
    application === '' ? 'without a name' : application,
    ...(user === null ? [] : [`user ${user}${host === null ? '' : ` from ${host}`}`]),
    ...(connectedAt === null ? [] : [`connected ${timeText(connectedAt.getTime())}`]),
    ...(state === null ? ['what it does is not visible to this user'] : [state]),
    ...(statement === null || statement === ''
      ? []
      : [
          `${state === 'active' ? 'runs' : 'last ran'}${statementAt === null ? '' : ` (since ${timeText(statementAt.getTime())})`}: ${statement}`,
        ]),
  ].join(', ');
}
