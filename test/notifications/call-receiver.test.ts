/** Calls to receivers that are slow, or show a certificate that no one vouches for. */

import { expect, it } from 'vitest';
import { callReceiver } from '../../src/notifications/delivery/call-receiver.ts';
import { openReceiver } from '../support/receiver.ts';

/** Made for these tests, by no authority. */
const SELF_SIGNED = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgt0eIc38ebof55Xm1
iTX9yu+wClVM145B6zEtrigY9kuhRANCAARmoW7CSMX+7g/wTja6xXYMBgLe2uB/
nhRnt0qSIiCRJV9MoQsgA0BtvCp0O8Ijm9aKlPB5BBBPRAxfjPIVml2D
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBiDCCAS2gAwIBAgIUHzOk6/WPVoTuIakCfYrGWIdrkBowCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNcmVjZWl2ZXIudGVzdDAgFw0yNjExMzAwMDI4NDhaGA8yMTI2
MTEwNjAwMjg0OFowGDEWMBQGA1UEAwwNcmVjZWl2ZXIudGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABGahbsJIxf7uD/BONrrFdgwGAt7a4H+eFGe3SpIiIJEl
X0yhCyADQG28KnQ7wiOb1oqU8HkEEE9EDF+M8hWaXYOjUzBRMB0GA1UdDgQWBBRM
VepM7CojidYHjwKOqkbgdb7m0jAfBgNVHSMEGDAWgBRMVepM7CojidYHjwKOqkbg
db7m0jAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQD1dz6hUaiA
HmxV9B07LgxRRcjAIzAVUpjRoe4N5arYcAIhAPhAGkvXMKWAW9RcIyEuL38lbXp2
/jmD6kWttaaQjodo
-----END CERTIFICATE-----`,
};

const receiver = await openReceiver();
const untrusted = await openReceiver(SELF_SIGNED);

it('a receiver that is slow is not waited for', async () => {
  receiver.answers.set('/slow', 'never');

  await expect(
    callReceiver({ url: `${receiver.url}/slow`, body: '{}', allowsPrivate: true, patienceMs: 50 }),
  ).rejects.toMatchObject({ name: 'TimeoutError' });
});

it('a certificate that no authority vouches for is not taken, and nothing is sent', async () => {
  await expect(
    callReceiver({ url: `${untrusted.url}/x`, body: '{}', allowsPrivate: true }),
  ).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(untrusted.at('/x')).toEqual([]);
});

it('of a long answer only the beginning is kept', async () => {
  receiver.answers.set('/long', { status: 200, text: 'x'.repeat(1_000_000) });

  const { text } = await callReceiver({ url: `${receiver.url}/long`, body: '{}', allowsPrivate: true });

  expect(text).toBe('x'.repeat(2_048));
});
