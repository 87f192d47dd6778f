import type { Sampler } from '@opentelemetry/sdk-trace';
import type { SamplerSetting } from '../environment/opentelemetry-environment.ts';
import type { OpenTelemetrySdkModules } from './optional-opentelemetry.ts';

/** Builds the SDK's sampler from what `OTEL_TRACES_SAMPLER` or the option says. */
export function createSampler({ sdk }: OpenTelemetrySdkModules, setting: SamplerSetting): Sampler {
  const root = rootSampler(sdk, setting);
  return setting.parentBased ? new sdk.ParentBasedSampler({ root }) : root;
}

function rootSampler(sdk: OpenTelemetrySdkModules['sdk'], setting: SamplerSetting): Sampler {
  switch (setting.kind) {
    case 'always_on':
      return new sdk.AlwaysOnSampler();
    case 'always_off':
      return new sdk.AlwaysOffSampler();
    case 'traceidratio':
      return new sdk.TraceIdRatioBasedSampler(setting.ratio);
  }
}
