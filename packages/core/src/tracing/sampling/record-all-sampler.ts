import type { Sampler } from '@opentelemetry/sdk-trace';

const NOT_RECORD = 0;
const RECORD = 1;

/**
 * Lets a sampler decide what is told to other services, but has every span recorded here: a keep-rule can only keep what was
 * recorded.
 */
export function recordAll(sampler: Sampler): Sampler {
  return {
    shouldSample: (...asked) => {
      const result = sampler.shouldSample(...asked);
      return result.decision === NOT_RECORD ? { ...result, decision: RECORD } : result;
    },
    toString: () => `RecordAll{${sampler.toString()}}`,
  };
}
