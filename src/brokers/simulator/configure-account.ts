/** Changes the settings of an account that are its owner's: its alias, and how much margin it wants at least. */

import { parseDecimal } from '../../core/shared/decimal.ts';
import { rejectionAnswer, writtenFields } from './answers.ts';
import { BodyReader } from './requests/body-reader.ts';
import { Rejection } from './requests/rejection.ts';
import { RATE_PLACES } from './wire/account-transactions.ts';
import type { Moment } from './order-desk.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';
import type { WireTransaction } from './wire/translation.ts';

// OANDA publishes no length; longer names fit no list of accounts.
const LONGEST_ALIAS = 255;

/** Returns the body of the answer; throws that of a rejection. */
export function configureAccount(account: SimulatorAccount, moment: Moment, body: unknown): Fields {
  const reader = BodyReader.of(body ?? {});
  const rejection = new Rejection();
  const alias = reader.text('alias');
  const rateText = reader.decimal('marginRate');
  const marginRate = rateText === undefined ? undefined : readRate(rateText, rejection);
  rejection.unless(alias === undefined || alias.length <= LONGEST_ALIAS, 'ALIAS_INVALID');
  if (alias === undefined && rateText === undefined) rejection.add('CLIENT_CONFIGURE_DATA_MISSING');
  const fields = {
    ...(alias !== undefined && { alias }),
    ...(rateText !== undefined && { marginRate: rateText }),
  };
  const written = rejection.reason === undefined ? configure(account, moment, fields, marginRate) : undefined;
  if (!written) {
    const rejectReason = rejection.reason ?? 'MARGIN_RATE_WOULD_TRIGGER_CLOSEOUT';
    const type = 'CLIENT_CONFIGURE_REJECT';
    throw rejectionAnswer(account, {
      clientConfigureRejectTransaction: account.note(moment.requestId, moment.now, {
        type,
        ...fields,
        rejectReason,
      }),
    });
  }
  account.alias = alias ?? account.alias;
  return { clientConfigureTransaction: written, ...writtenFields(account, [written]) };
}

/** The exchange has no use for an alias, and writes a margin rate only when that closes nothing out. */
function configure(
  account: SimulatorAccount,
  { requestId, now }: Moment,
  fields: Fields,
  marginRate: number | undefined,
): WireTransaction | undefined {
  const type = 'CLIENT_CONFIGURE';
  if (marginRate === undefined) return account.note(requestId, now, { type, ...fields });
  const [written] = account.request({ requestId, fields: { type, ...fields } }, now, (exchange) =>
    exchange.setMarginRate(marginRate, now),
  );
  return written;
}

/** A part of one: 0.02 is a leverage of 50. */
function readRate(text: string, rejection: Rejection): number {
  const steps = parseDecimal(text, RATE_PLACES) ?? 0;
  const rate = steps / 10 ** RATE_PLACES;
  rejection.unless(rate > 0 && rate <= 1, 'MARGIN_RATE_INVALID');
  return rate;
}
