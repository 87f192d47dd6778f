/**
 * Reads the arguments: names of faults (default all), `--short`, and `--outage-s <seconds>` for the outage of F1.
 *
 * The short form is for machines that do other things as well: it asserts what is stored, and has five times the patience.
 *
 * @param {string[]} args
 * @param {string[]} known names there are
 */
export function parseOptions(args, known) {
  const at = args.indexOf('--outage-s');
  const outageS = at === -1 ? undefined : Number(args[at + 1]);
  const names = args.filter((arg, index) => !arg.startsWith('--') && (at === -1 || index !== at + 1));
  const unknown = [
    ...names.filter((name) => !known.includes(name)),
    ...args.filter((arg) => arg.startsWith('--') && !['--short', '--outage-s'].includes(arg)),
  ];
  if (unknown.length > 0 || (outageS !== undefined && !(outageS > 0))) {
    console.error(
      `faults: got ${args.join(' ')}; expected names of ${known.join(', ')}, --short, --outage-s <seconds>`,
    );
    process.exit(2);
  }
  const isShort = args.includes('--short');
  return {
    names: names.length > 0 ? names : known,
    isShort,
    outageS: outageS ?? (isShort ? 3 : 60),
    patience: isShort ? 5 : 1,
  };
}
