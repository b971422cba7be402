/** Shapes of answers that OANDA has had, or may have one day, and that a client must survive. */

/** The kinds of faults that change the shape of what is answered and of stream lines. */
export const ODD_SHAPES = ['unknown-fields', 'null-members', 'legacy-spellings', 'numeric-ids'] as const;
export type OddShape = (typeof ODD_SHAPES)[number];

type JsonObject = Record<string, unknown>;

/** Returns a copy of a JSON value in that shape. */
export function inOddShape(shape: OddShape, value: unknown): unknown {
  return changeObjects(value, '', CHANGES[shape]);
}

/** Changes a fresh copy of an object; `key` is the name under which the object was found. */
type Change = (object: JsonObject, key: string) => void;

function changeObjects(value: unknown, key: string, change: Change): unknown {
  if (Array.isArray(value)) return value.map((item) => changeObjects(item, key, change));
  if (typeof value !== 'object' || value === null) return value;
  const copy: JsonObject = {};
  for (const [name, member] of Object.entries(value)) copy[name] = changeObjects(member, name, change);
  change(copy, key);
  return copy;
}

const CHANGES: Readonly<Record<OddShape, Change>> = {
  'unknown-fields': (object) => {
    object['unknownField'] = { nested: [1, 'two', null] };
  },
  'null-members': addNulls,
  'legacy-spellings': spellAsBefore,
  'numeric-ids': makeIdsNumbers,
};

const OPTIONAL_OF_ORDERS = [
  'clientExtensions',
  'tradeClientExtensions',
  'takeProfitOnFill',
  'stopLossOnFill',
  'trailingStopLossOnFill',
  'guaranteedStopLossOnFill',
  'priceBound',
  'gtdTime',
  'replacesOrderID',
];
const OPTIONAL_OF_FILLS = ['clientOrderID', 'tradeOpened', 'tradesClosed', 'tradeReduced', 'fullPrice'];

/** Optional members that are absent are there, without a value. */
function addNulls(object: JsonObject, key: string): void {
  const { type } = object;
  if (key === 'homeConversionFactors') for (const name of Object.keys(object)) object[name] = null;
  if (typeof type !== 'string') return;
  const isOrder = 'timeInForce' in object;
  const optional = type === 'ORDER_FILL' ? OPTIONAL_OF_FILLS : isOrder ? OPTIONAL_OF_ORDERS : [];
  for (const name of optional) object[name] ??= null;
}

const FORMER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  triggerCondition: { DEFAULT: 'TRIGGER_DEFAULT' },
  positionFill: { DEFAULT: 'POSITION_DEFAULT', REDUCE_ONLY: 'POSITION_REDUCE_ONLY' },
};

/** Orders say what they said in 2017; prices of streams have no type, as before they shared them with heartbeats. */
function spellAsBefore(object: JsonObject): void {
  for (const [name, spellings] of Object.entries(FORMER)) {
    const value = object[name];
    if (typeof value === 'string') object[name] = spellings[value] ?? value;
  }
  if ('triggerCondition' in object) object['partialFill'] = 'DEFAULT_FILL';
  if (object['type'] === 'PRICE') delete object['type'];
}

const ID_NAME = /(^id|ID|IDs)$/;
/** Ids that the client chose stay text, even where they are digits. */
const OWN_IDS = new Set(['clientOrderID', 'clientTradeID', 'accountID']);
const OWN_OBJECTS = /lientExtensions/;

function makeIdsNumbers(object: JsonObject, key: string): void {
  if (OWN_OBJECTS.test(key)) return;
  for (const [name, value] of Object.entries(object)) {
    if (!ID_NAME.test(name) || OWN_IDS.has(name)) continue;
    object[name] = Array.isArray(value) ? value.map(numberFrom) : numberFrom(value);
  }
}

/** A request's id has more digits than a number can hold, so it is left as it is. */
function numberFrom(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\d+$/.test(value)) return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
