import { parseArgs } from 'node:util';

const help = `npm run bench [-- <name> …] [-- --quick] [-- --rows 10000000] [-- --write] [-- --profile]

  --quick    fewer rounds, and 1,000,000 stored rows where 10,000,000 are the default
  --rows     observations of S6, stored spans of S7 and S8
  --write    puts the table into the README and benchmarks/README.md
  --profile  where our server spends its time, instead of the table: Express, or NestJS on Fastify with S1n`;

/**
 * The command line as names and options; ends the process where it makes no sense.
 *
 * @param {string[]} known Names of the benchmarks.
 */
export function parseOptions(known) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean', default: false },
      rows: { type: 'string' },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const unknown = positionals.filter((name) => !known.includes(name));
  const rows = Number(values.rows ?? (values.quick ? 1_000_000 : 10_000_000));
  if (unknown.length > 0 || !Number.isInteger(rows) || rows < 100_000) {
    console.error(
      unknown.length > 0
        ? `There is no benchmark ${unknown.join(', ')}; there are ${known.join(', ')}.`
        : `--rows is ${values.rows}; expected a whole number from 100000.`,
    );
    process.exit(2);
  }
  return { ...values, rows, names: positionals.length > 0 ? positionals : known };
}
