import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';

/** What a limit may be. */
export interface LimitRule {
  /** Name of the function, for the message. */
  readonly owner: string;
  readonly name: string;
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
  /** For the message, for example `milliseconds`. */
  readonly unit: string;
}

/**
 * A limit as it is given, else the default.
 * @throws `INVALID_ARGUMENT`
 */
export function resolveLimit(
  value: unknown,
  { owner, name, fallback, least, most, unit }: LimitRule,
): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value === 'number' && value >= least && value <= most) {
    return value;
  }
  throw new ObservabilityError(
    'INVALID_ARGUMENT',
    `${name} of ${owner} is ${describeValue(value)}; expected ${unit} from ${least} to ${most}. The default is ${fallback}.`,
  );
}

/** @throws `INVALID_ARGUMENT` when the options are no object */
export function assertCheckOptions(options: unknown, owner: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `The options of ${owner} are ${describeValue(options)}; expected an object, or nothing.`,
    );
  }
}
