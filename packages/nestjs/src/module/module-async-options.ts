import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { ObservabilityModuleExtras } from './module-definition.ts';
import type { ObservabilityModuleOptions } from './module-options.ts';

/** Options of `ObservabilityModule.forRootAsync`. */
export type ObservabilityModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  ObservabilityModuleOptions,
  'createObservabilityOptions'
> &
  Partial<ObservabilityModuleExtras>;

/** What a class given as `useClass` or `useExisting` implements. */
export interface ObservabilityOptionsFactory {
  createObservabilityOptions(): ObservabilityModuleOptions | Promise<ObservabilityModuleOptions>;
}
