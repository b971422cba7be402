/** Whether a sign-in comes from where its person signed in before. Strangers who guess do not delay those. */

import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { senderNetworkOf } from '../address-range.ts';
import { hashOfToken } from '../remembered-tokens.ts';
import { NO_ONE } from '../user-store.ts';
import type { KnownSenderStore } from './known-sender-store.ts';

/** A browser that was not used for half a year is as good as a new one. */
const DEVICE_LIFETIME_MS = 180 * 86_400_000;
/** 256 bits: too many to guess. */
const TOKEN_BYTES = 32;

/** From where a request comes: its address and the token of its device, as far as there are any. */
export interface Sender {
  readonly ipAddress?: string | undefined;
  readonly deviceToken?: string | undefined;
}

/** How a sender is known: by a device with this id, by its network, or not at all. */
export type Acquaintance = { readonly deviceId: string } | { readonly network: string } | undefined;

/** A device after a good sign-in; the browser is to keep the token until `expiresAt` (UTC ms). */
export interface Device {
  readonly token: string;
  readonly expiresAt: number;
  readonly isNew: boolean;
}

export interface KnownSendersDependencies {
  readonly store: KnownSenderStore;
  readonly clock: () => number;
}

/** The devices and addresses from which people signed in. */
export class KnownSenders {
  readonly #store: KnownSenderStore;
  readonly #clock: () => number;

  constructor({ store, clock }: KnownSendersDependencies) {
    this.#store = store;
    this.#clock = clock;
  }

  /** How the sender is known to the person; takes as long when there is no such person. */
  async recognize(userId: string | undefined, { ipAddress, deviceToken }: Sender): Promise<Acquaintance> {
    const id = userId ?? NO_ONE;
    const network = ipAddress === undefined ? undefined : senderNetworkOf(ipAddress);
    const [deviceId, isKnownNetwork] = await Promise.all([
      deviceToken === undefined ? undefined : this.#findDevice(id, deviceToken),
      network === undefined ? false : this.#store.hasSignedInFrom(id, network),
    ]);
    if (deviceId !== undefined) return { deviceId };
    return network !== undefined && isKnownNetwork ? { network } : undefined;
  }

  /** Makes the device of a good sign-in known, and returns what its browser is to keep. */
  async remember(userId: string, deviceToken: string | undefined): Promise<Device> {
    const at = this.#clock();
    const expiresAt = at + DEVICE_LIFETIME_MS;
    const deviceId = deviceToken === undefined ? undefined : await this.#findDevice(userId, deviceToken);
    if (deviceId !== undefined && deviceToken !== undefined) {
      await this.#store.touch(deviceId, at);
      return { token: deviceToken, expiresAt, isNew: false };
    }
    // A token that came from elsewhere may be known to others too.
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await this.#store.add({ id: randomUUIDv7(), userId, tokenHash: hashOfToken(token), at });
    return { token, expiresAt, isNew: true };
  }

  /** Forgets the devices of a person who has a new password: one of them may be why. */
  forgetDevices(userId: string): Promise<void> {
    return this.#store.forgetDevices(userId);
  }

  /** Removes devices that were not used for their lifetime, and returns how many. */
  removeExpired(): Promise<number> {
    return this.#store.removeUnused(this.#clock() - DEVICE_LIFETIME_MS);
  }

  #findDevice(userId: string, token: string): Promise<string | undefined> {
    const usedAfter = this.#clock() - DEVICE_LIFETIME_MS;
    return this.#store.findDevice({ userId, tokenHash: hashOfToken(token), usedAfter });
  }
}
