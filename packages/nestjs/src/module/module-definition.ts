import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ObservabilityModuleOptions } from './module-options.ts';
import { MODULE_EXPORTS, MODULE_PROVIDERS } from './module-providers.ts';
import { OBSERVABILITY_MODULE_OPTIONS } from './module-options-token.ts';

/** What `forRoot` and `forRootAsync` take beside the options, because Nest needs it before any factory runs. */
export interface ObservabilityModuleExtras {
  /** Whether every module sees what this one exports. Default true. */
  isGlobal?: boolean;
}

const EXTRAS: ObservabilityModuleExtras = { isGlobal: true };

/** The dynamic module as Nest's builder makes it. */
export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<ObservabilityModuleOptions>({
    moduleName: 'Observability',
    optionsInjectionToken: OBSERVABILITY_MODULE_OPTIONS,
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createObservabilityOptions')
    .setExtras(EXTRAS, (definition, { isGlobal }) => ({
      ...definition,
      global: isGlobal ?? true,
      providers: [...(definition.providers ?? []), ...MODULE_PROVIDERS],
      exports: MODULE_EXPORTS,
    }))
    .build();
