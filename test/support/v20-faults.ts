/** The control route of a simulator, as a test uses it. */
import { expect } from 'vitest';
import type { RunningSimulator, V20Json } from './v20-simulator.ts';

/** Sends a request to the control route. */
export async function control(
  { url }: RunningSimulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: V20Json }> {
  const response = await fetch(`${url}/simulator${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text === '' ? '{}' : text) as V20Json };
}

/** Arms a fault and returns its id. */
export async function arm(running: RunningSimulator, fault: object): Promise<number> {
  const { status, body } = await control(running, 'POST', '/faults', fault);
  expect(status, JSON.stringify(body)).toBe(201);
  return Number(body['id']);
}

/** Returns how often a fault happened. */
export async function happened(running: RunningSimulator, id: number): Promise<number> {
  const { body } = await control(running, 'GET', '/faults');
  return Number(body['faults']?.find((fault) => Number(fault['id']) === id)?.['happened']);
}
