import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { row } from '../row.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const endTimeoutMs = 15_000;

/** Starts a shop as its users do, with the tool first. */
export async function startShop({ tool, mode, serviceName, intakeUrl }) {
  const [flag, extension] = row.loader === 'import' ? ['--import', 'mjs'] : ['-r', 'cjs'];
  const toolFile = join(folder, `${tool}.${extension}`);
  const child = spawn(process.execPath, [flag, toolFile, join(folder, 'shop.mjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NODE_TEST_CONTEXT: undefined,
      SHOP_TOOL: toolFile,
      SHOP_MODE: mode,
      SHOP_SERVICE_NAME: serviceName,
      SHOP_INTAKE_URL: intakeUrl,
      SHOP_DATABASE_URL: row.databaseUrl,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      DD_SERVICE: serviceName,
      DD_TRACE_AGENT_URL: intakeUrl,
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    },
  });
  const output = [];
  const answers = [];
  const waiting = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      if (line.startsWith('{"')) {
        answers.push(JSON.parse(line));
        waiting.splice(0).forEach((resolve) => resolve());
      }
    });
  }
  const ended = once(child, 'close');
  const answer = async (key) => {
    while (!answers.some((value) => key in value)) {
      const changed = new Promise((resolve) => waiting.push(resolve));
      await Promise.race([changed, ended]);
      if (child.exitCode !== null && !answers.some((value) => key in value)) {
        throw new Error(`${tool} (${mode}) ended with ${child.exitCode}:\n${output.join('\n')}`);
      }
    }
    return answers.find((value) => key in value)[key];
  };
  return {
    url: await answer('url'),
    output,
    /** Asks the shop to end, and answers how it did: a null code means that it had to be killed. */
    end: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs);
      const [code] = await ended;
      clearTimeout(timer);
      return { code, stats: answers.find((value) => 'stats' in value)?.stats };
    },
  };
}
