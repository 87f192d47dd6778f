import { describeValue } from '../arguments/describe-value.ts';
import { invalidHealthOption } from './option-values.ts';

/** Which checks a group looks at: their names, or all but some. */
export type HealthGroupOptions =
  | readonly string[]
  | {
      /** Names of checks. Default: all. */
      readonly include?: readonly string[] | undefined;
      /** Names of checks that are left out. Default: none. */
      readonly exclude?: readonly string[] | undefined;
    };

/** The groups that the three probes answer. */
export const PROBE_GROUPS = ['live', 'ready', 'startup'] as const;

// It becomes a part of a path: /healthz/deep.
const GROUP_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/**
 * The names of the checks in each group. Unless they are given, `ready` has all checks, and `live` and `startup` have none.
 * @param checkNames the checks there are
 * @throws `INVALID_OPTION` for a name that is not among them, for a group that cannot be called so, and for a check that has the
 * name of a group
 */
export function resolveGroups(
  given: Readonly<Record<string, HealthGroupOptions>>,
  checkNames: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  assertRecord('groups', given);
  const groups = new Map<string, readonly string[]>([
    ['live', []],
    ['ready', checkNames],
    ['startup', []],
  ]);
  for (const [name, options] of Object.entries(given)) {
    if (!GROUP_NAME.test(name)) {
      throw invalidHealthOption(
        'The name of a group',
        name,
        'a letter, then letters, digits, _ and -, at most 64 in all',
      );
    }
    groups.set(name, resolveGroup(`groups.${name}`, options, checkNames));
  }
  const ambiguous = checkNames.find((name) => groups.has(name));
  if (ambiguous !== undefined) {
    throw invalidHealthOption(
      'The name of a check',
      ambiguous,
      `none of the groups: ${[...groups.keys()].join(', ')}`,
    );
  }
  return groups;
}

function resolveGroup(
  path: string,
  options: HealthGroupOptions,
  checkNames: readonly string[],
): readonly string[] {
  if (Array.isArray(options)) {
    return assertNames(path, options, checkNames);
  }
  assertRecord(path, options);
  const { include, exclude = [] } = options as Exclude<HealthGroupOptions, readonly string[]>;
  const included = include === undefined ? checkNames : assertNames(`${path}.include`, include, checkNames);
  const excluded = new Set(assertNames(`${path}.exclude`, exclude, checkNames));
  return included.filter((name) => !excluded.has(name));
}

function assertNames(path: string, names: unknown, known: readonly string[]): readonly string[] {
  if (!Array.isArray(names)) {
    throw invalidHealthOption(path, names, 'a list of names of checks');
  }
  const unknown: unknown = names.find((name) => !known.includes(name as string));
  if (unknown !== undefined || names.includes(undefined)) {
    throw invalidHealthOption(`A name in ${path}`, unknown, `one of the checks: ${describeNames(known)}`);
  }
  return [...new Set(names as string[])];
}

function describeNames(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => describeValue(name));
  return shown.length === 0 ? 'there are none' : shown.join(', ') + (names.length > 20 ? ', …' : '');
}

function assertRecord(path: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidHealthOption(path, value, "an object such as { deep: ['database'] }");
  }
}
