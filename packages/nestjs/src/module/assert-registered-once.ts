import type { ModulesContainer } from '@nestjs/core';
import { ObservabilityError } from '@pg-observability/core';
import { OBSERVABILITY } from './observability-token.ts';

type NestModuleRef = ModulesContainer extends Map<string, infer Ref> ? Ref : never;

/**
 * Refuses a second `forRoot` in one application: it would open a second pool and flush the same things twice.
 * @throws `ALREADY_REGISTERED`, naming the modules that import it
 */
export function assertRegisteredOnce(modules: ModulesContainer): void {
  const configured = configuredModules(modules);
  if (configured.length > 1) {
    const importers = configured.flatMap((module) => importersOf(module, modules));
    throw new ObservabilityError(
      'ALREADY_REGISTERED',
      `ObservabilityModule is configured ${configured.length} times in this application, in the imports of ${importers.join(' and ')}. Configure it once, in the root module: it is global, and other modules inject what it exports without importing it.`,
    );
  }
}

/**
 * Refuses `imports: [ObservabilityModule]` where nothing configures it; beside a `forRoot` it is harmless.
 * @throws `INVALID_OPTION`, naming the modules that import it
 */
export function assertConfigured(moduleClass: unknown, modules: ModulesContainer): void {
  if (configuredModules(modules).length > 0) {
    return;
  }
  const bare = [...modules.values()].filter((module) => module.metatype === moduleClass);
  const importers = bare.flatMap((module) => importersOf(module, modules));
  throw new ObservabilityError(
    'INVALID_OPTION',
    `ObservabilityModule is imported without options in ${importers.join(' and ')}; expected ObservabilityModule.forRoot({ serviceName }) or ObservabilityModule.forRootAsync(…) in the root module.`,
  );
}

function configuredModules(modules: ModulesContainer): NestModuleRef[] {
  // Only the module that forRoot made holds this provider; importers see it as an export.
  return [...modules.values()].filter((module) => module.providers.has(OBSERVABILITY));
}

function importersOf(module: NestModuleRef, modules: ModulesContainer): string[] {
  return [...modules.values()]
    .filter((candidate) => candidate !== module && !candidate.isGlobal && candidate.imports.has(module))
    .map((candidate) => candidate.name);
}
