/** Makes a strategy type of its parts: parameters and state get their TypeScript types from their schemas, and are checked by them. */

import { Type } from 'typebox';
import type { Static, TObject, TProperties } from 'typebox';
import { Value } from 'typebox/value';
import type { Candle } from '../domain/candle.ts';
import type { Instrument } from '../domain/instrument.ts';
import { assert } from '../shared/assert.ts';
import type { Json } from '../shared/json.ts';
import { historicalView } from './historical-view.ts';
import { NO_INTENTS } from './strategy.ts';
import type { Decisions, ParameterFault, Strategy, StrategyParameters, StrategyType } from './strategy.ts';

/** The decisions of one configured strategy, with its memory between them as plain data. */
export interface TypedStrategy<State> extends Decisions {
  save(): State;
  restore(state: State): void;
}

/** What a strategy type is made of. */
export interface StrategyDefinition<Parameters extends TObject, State extends TObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Raised when parameters change meaning; 1 when left out. */
  readonly parametersVersion?: number;
  /** Raised when the state changes its form or meaning; 1 when left out. */
  readonly stateVersion?: number;
  /** Made by {@link parametersSchema}. */
  readonly parameters: Parameters;
  readonly state: State;
  /** The parameters that the state depends on: one that was saved with another value of them is refused. */
  readonly stateDependsOn: readonly (keyof Static<Parameters> & string)[];
  /** Returns what no schema can say of parameters; nothing when left out. */
  readonly check?: (parameters: Static<Parameters>) => readonly ParameterFault[];
  /** Returns how many closed candles are needed before the first decision. Until then nothing that the strategy wants is done. */
  readonly warmUp: (parameters: Static<Parameters>) => number;
  /** Returns the instruments that are watched besides the configured one; none when left out. */
  readonly otherInstruments?: (parameters: Static<Parameters>) => readonly string[];
  readonly create: (parameters: Static<Parameters>, instrument: Instrument) => TypedStrategy<Static<State>>;
}

/** Returns the schema of parameters: what is not named here is refused. */
export function parametersSchema<Parameters extends TProperties>(
  parameters: Parameters,
): TObject<Parameters> {
  return Type.Object(parameters, { additionalProperties: false });
}

/** Returns the strategy type that is made of these parts. */
export function defineStrategyType<Parameters extends TObject, State extends TObject>(
  definition: StrategyDefinition<Parameters, State>,
): StrategyType {
  const { name, title, description, parametersVersion = 1, stateVersion = 1 } = definition;
  const { parameters: schema, stateDependsOn, check, warmUp, otherInstruments } = definition;
  return {
    name,
    title,
    description,
    parametersVersion,
    stateVersion,
    parametersSchema: schema,
    checkParameters: (parameters) => check?.(typed(schema, parameters)) ?? [],
    warmUpCandles: (parameters) => warmUp(typed(schema, parameters)),
    create: (input, instrument) => {
      const parameters = typed(schema, input);
      const shape = stateDependsOn.map((parameter) => input[parameter] ?? null);
      return new DefinedStrategy({
        decisions: definition.create(parameters, instrument),
        state: definition.state,
        key: JSON.stringify([name, stateVersion, ...shape]),
        neededCandles: warmUp(parameters),
        otherInstruments: otherInstruments?.(parameters) ?? [],
      });
    },
  };
}

function typed<Schema extends TObject>(schema: Schema, parameters: StrategyParameters): Static<Schema> {
  assert(Value.Check(schema, parameters), 'parameters were used that had not been checked');
  return parameters;
}

/** What is saved besides the strategy's own state. States from before there was a warm-up have no count: theirs was over. */
const HEAD = Type.Object({ key: Type.String(), warmUpSeen: Type.Optional(Type.Integer({ minimum: 0 })) });

interface DefinedParts<State extends TObject> {
  readonly decisions: TypedStrategy<Static<State>>;
  readonly state: State;
  readonly key: string;
  readonly neededCandles: number;
  readonly otherInstruments: readonly string[];
}

/** While it warms up, the strategy is shown closed candles only, and what it answers is dropped. */
class DefinedStrategy<State extends TObject> implements Strategy {
  readonly granularities: Strategy['granularities'];
  readonly otherInstruments: readonly string[];
  readonly onQuote: Strategy['onQuote'];
  readonly onFill: Strategy['onFill'];
  readonly onClock: Strategy['onClock'];
  readonly #parts: DefinedParts<State>;
  #seen = 0;

  constructor(parts: DefinedParts<State>) {
    const { decisions, otherInstruments } = parts;
    this.#parts = parts;
    this.granularities = decisions.granularities;
    this.otherInstruments = otherInstruments;
    const { onQuote, onFill, onClock } = decisions;
    this.onQuote =
      onQuote && ((quote, view) => (this.#isWarm ? onQuote.call(decisions, quote, view) : NO_INTENTS));
    this.onFill =
      onFill && ((fill, view) => (this.#isWarm ? onFill.call(decisions, fill, view) : NO_INTENTS));
    this.onClock = onClock && ((at, view) => (this.#isWarm ? onClock.call(decisions, at, view) : NO_INTENTS));
  }

  get warmUp(): Strategy['warmUp'] {
    return this.#isWarm ? undefined : { seen: this.#seen, needed: this.#parts.neededCandles };
  }

  get wakesAt(): number | undefined {
    return this.#isWarm ? this.#parts.decisions.wakesAt : undefined;
  }

  onCandle: Strategy['onCandle'] = (candle, view) => {
    this.#count(candle);
    // The last candle of a warm-up is the first that may be acted on: the count includes the candle that decides.
    const intents = this.#parts.decisions.onCandle(candle, view);
    return this.#isWarm ? intents : NO_INTENTS;
  };

  learn(candle: Candle): void {
    this.#count(candle);
    this.#parts.decisions.onCandle(candle, historicalView(candle));
  }

  save(): Json {
    // A state that is not plain JSON would not come back from storage as it was; its schema can describe nothing else.
    const state = this.#parts.decisions.save() as { readonly [name: string]: Json };
    return { key: this.#parts.key, warmUpSeen: this.#seen, ...state };
  }

  restore(state: Json): void {
    const { key, state: schema, decisions, neededCandles } = this.#parts;
    assert(
      Value.Check(HEAD, state) && Value.Check(schema, state),
      `a saved state ${key} was expected, was ${JSON.stringify(state)}`,
    );
    assert(state.key === key, `a saved state ${key} was expected, was ${state.key}`);
    this.#seen = state.warmUpSeen ?? neededCandles;
    decisions.restore(state);
  }

  get #isWarm(): boolean {
    return this.#seen >= this.#parts.neededCandles;
  }

  #count({ granularity, instrument }: Candle): void {
    const isMain = granularity === this.granularities[0] && !this.otherInstruments.includes(instrument);
    if (isMain && !this.#isWarm) this.#seen += 1;
  }
}
