import type { SamplerSetting } from '../environment/opentelemetry-environment.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

/** Share of new traces that is recorded, 0 to 1; a trace that came from elsewhere follows its parent's decision. */
export type SpanSampling = number;

/**
 * The sampler of a share.
 * @throws `INVALID_OPTION` when it is not a number from 0 to 1
 */
export function samplingToSetting(sampling: SpanSampling | undefined): SamplerSetting | undefined {
  if (sampling === undefined) {
    return undefined;
  }
  if (typeof sampling !== 'number' || !(sampling >= 0 && sampling <= 1)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `spans.sampling is ${String(sampling).slice(0, 40)}; expected a number from 0 (none) to 1 (all).`,
    );
  }
  return { kind: 'traceidratio', ratio: sampling, parentBased: true };
}
