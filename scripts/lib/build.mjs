import { runPnpm } from './pnpm.mjs';
import { runStep } from './run-command.mjs';

const turboArguments = ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only', '--ui=stream'];
const turboEnvironment = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' };

/**
 * Compiles every package and app; turbo answers from its cache what has not changed.
 *
 * @returns how it ended, with the compiler's output.
 */
export function buildAll() {
  return runPnpm(turboArguments, { env: turboEnvironment });
}

/** The same as a step that ends this process with the compiler's output when it fails. */
export async function ensureBuilt() {
  await runStep('Building', buildAll, 'The compiler says above what is wrong.');
}
