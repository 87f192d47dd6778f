import { parseArgs } from 'node:util';

/** What the command line and the environment ask for. */
export interface DemoOptions {
  /** Print and end, instead of staying up. */
  once: boolean;
  /** Seconds of traffic. */
  seconds: number;
  gatewayPort: number;
  ordersPort: number;
  fulfilmentPort: number;
  /** PostgreSQL to use; without it one is started. */
  databaseUrl: string | undefined;
}

/** How to call it. */
export const USAGE = `npm start -- [options]
  --once                    print and end; without it everything stays up until Ctrl-C
  --seconds <n>             seconds of traffic (default 6)
  --gateway-port <n>        default 4310
  --orders-port <n>         default 4311
  --fulfilment-port <n>     default 4312
  DATABASE_URL              a PostgreSQL of yours; without it one from npm is started for the demo`;

/** Reads the command line. Throws an Error whose message is for people. */
export function parseDemoOptions(
  args: string[],
  environment: Record<string, string | undefined>,
): DemoOptions {
  const { values } = parseArgs({
    args,
    options: {
      once: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '6' },
      'gateway-port': { type: 'string', default: '4310' },
      'orders-port': { type: 'string', default: '4311' },
      'fulfilment-port': { type: 'string', default: '4312' },
    },
  });
  return {
    once: values.once,
    seconds: toNumber('--seconds', values.seconds, 1, 600),
    gatewayPort: toNumber('--gateway-port', values['gateway-port'], 1, 65_535),
    ordersPort: toNumber('--orders-port', values['orders-port'], 1, 65_535),
    fulfilmentPort: toNumber('--fulfilment-port', values['fulfilment-port'], 1, 65_535),
    databaseUrl: environment['DATABASE_URL'] || undefined,
  };
}

function toNumber(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new Error(`${name} is "${value}"; expected a whole number from ${least} to ${most}.`);
  }
  return number;
}
