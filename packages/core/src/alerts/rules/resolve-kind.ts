import { MAX_DURATION_MS, msToText } from './duration.ts';
import type { AlertRule } from './alert-rule.ts';
import type { RuleLimit, RuleSource } from './resolved-rule.ts';
import { resolveAggregate, resolveSelection, resolveService, SELECTION_KEYS } from './resolve-selection.ts';
import type { RuleContext } from './resolve-selection.ts';
import type { RuleTiming } from './rule-state.ts';
import { invalidRule, toMs, toNumber, toOneOf, toText, toTextOrNull, toWholeNumber } from './rule-option.ts';
import type { Given } from './rule-option.ts';

/** The kinds of rules. */
export const RULE_KINDS: readonly AlertRule['kind'][] = [
  'metric',
  'errorRatio',
  'noData',
  'heartbeat',
  'health',
  'stuckWorkflow',
  'newError',
  'ingest',
  'databaseAway',
];

/** What a kind adds to a rule. */
export interface ResolvedKind {
  source: RuleSource;
  limit: RuleLimit;
  valueName: string;
  /** Empty for a plain number, `%` for a part of 1, `ms` for a time. */
  unit: string;
  /** Default title where the value and the limit would not make one. */
  title?: string;
  /** Instead of the option `for`, where the value has it in it. */
  forMs?: number;
}

/** How a kind is checked. */
export interface KindResolver {
  /** Its keys, besides those that all rules have. */
  keys: readonly string[];
  missing: RuleTiming['missing'];
  resolve(path: string, rule: Given, context: RuleContext): ResolvedKind;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WINDOW = { fallback: 5 * MINUTE_MS, least: 1_000, most: DAY_MS };

/** How rules of this kind are checked. */
export function resolveKind(kind: AlertRule['kind']): KindResolver {
  return KINDS[kind];
}

const KINDS: Readonly<Record<AlertRule['kind'], KindResolver>> = {
  metric: {
    keys: ['name', 'aggregate', 'over', 'above', 'below', ...SELECTION_KEYS],
    missing: 'ok',
    resolve: resolveMetric,
  },
  errorRatio: {
    keys: ['above', 'atLeast', 'over', 'name', ...SELECTION_KEYS],
    missing: 'ok',
    resolve: resolveErrorRatio,
  },
  noData: {
    keys: ['name', 'within', 'lookback', ...SELECTION_KEYS],
    missing: 'keep',
    resolve: resolveNoData,
  },
  heartbeat: { keys: ['heartbeat', 'within'], missing: 'ok', resolve: resolveHeartbeat },
  health: { keys: ['check', 'status', 'serviceName'], missing: 'ok', resolve: resolveHealth },
  stuckWorkflow: { keys: ['workflowType', 'above'], missing: 'ok', resolve: resolveStuckWorkflow },
  newError: { keys: ['within'], missing: 'ok', resolve: resolveNewError },
  ingest: { keys: ['measure', 'above', 'over'], missing: 'ok', resolve: resolveIngest },
  databaseAway: { keys: [], missing: 'keep', resolve: resolveDatabaseAway },
};

function resolveMetric(path: string, rule: Given, context: RuleContext): ResolvedKind {
  const overMs = toMs(`${path}.over`, rule['over'], WINDOW);
  const selection = resolveSelection(path, rule, context);
  const aggregate = resolveAggregate(`${path}.aggregate`, rule['aggregate']);
  return {
    source: { kind: 'metric', selection, aggregate, overMs },
    limit: resolveLimit(path, rule),
    valueName: `${String(rule['aggregate'])} of ${selection.name} over ${msToText(overMs)}`,
    unit: '',
  };
}

function resolveLimit(path: string, rule: Given): RuleLimit {
  const { above, below } = rule;
  if ((above === undefined) === (below === undefined)) {
    throw invalidRule(
      above === undefined ? `${path}.above` : `${path}.below`,
      above === undefined ? above : below,
      above === undefined ? 'a finite number here or in below' : 'nothing where above is given',
    );
  }
  return above === undefined
    ? { below: toNumber(`${path}.below`, below) }
    : { above: toNumber(`${path}.above`, above) };
}

function resolveErrorRatio(path: string, rule: Given, context: RuleContext): ResolvedKind {
  const overMs = toMs(`${path}.over`, rule['over'], WINDOW);
  const selection = resolveSelection(path, rule, context, {
    name: 'http.server.request.duration',
    groupBy: ['http.route'],
  });
  const atLeast = toWholeNumber(`${path}.atLeast`, rule['atLeast'], {
    fallback: 20,
    least: 1,
    most: Number.MAX_SAFE_INTEGER,
  });
  return {
    source: { kind: 'errorRatio', selection, overMs, atLeast },
    limit: { above: toNumber(`${path}.above`, rule['above'], { least: 0, most: 1 }) },
    valueName: `The part of requests that failed over ${msToText(overMs)}`,
    unit: '%',
  };
}

function resolveNoData(path: string, rule: Given, context: RuleContext): ResolvedKind {
  const withinMs = toMs(`${path}.within`, rule['within'], { least: 1_000, most: DAY_MS / 2 });
  const lookbackMs = toMs(`${path}.lookback`, rule['lookback'], {
    fallback: Math.min(12 * withinMs, DAY_MS),
    least: withinMs,
    most: DAY_MS,
  });
  const selection = resolveSelection(path, rule, context);
  return {
    source: { kind: 'noData', selection, lookbackMs },
    limit: { above: withinMs },
    valueName: `The time since the last point of ${selection.name}`,
    unit: 'ms',
    title: `${selection.name} has stopped`,
  };
}

function resolveHeartbeat(path: string, rule: Given): ResolvedKind {
  const heartbeat = toText(`${path}.heartbeat`, rule['heartbeat'], 128);
  return {
    source: { kind: 'heartbeat', heartbeat },
    limit: { above: toMs(`${path}.within`, rule['within'], { least: 1_000, most: MAX_DURATION_MS }) },
    valueName: `The time since the last heartbeat of ${heartbeat}`,
    unit: 'ms',
    title: `The heartbeat of ${heartbeat} is overdue`,
  };
}

function resolveHealth(path: string, rule: Given, context: RuleContext): ResolvedKind {
  const status = toOneOf(`${path}.status`, rule['status'], ['down', 'degraded'], 'down');
  const check = toTextOrNull(`${path}.check`, rule['check'], 255);
  return {
    source: {
      kind: 'health',
      check,
      statuses: status === 'down' ? ['down'] : ['down', 'degraded'],
      serviceName: resolveService(`${path}.serviceName`, rule['serviceName'], context),
    },
    limit: { above: 0 },
    valueName: `The number of processes that are ${status === 'down' ? 'down' : 'degraded or down'}`,
    unit: '',
    title: `${check ?? 'A check'} is ${status}`,
  };
}

function resolveStuckWorkflow(path: string, rule: Given): ResolvedKind {
  const workflowType = toTextOrNull(`${path}.workflowType`, rule['workflowType'], 128);
  return {
    source: { kind: 'stuckWorkflow', workflowType },
    limit: { above: toNumber(`${path}.above`, rule['above'], { fallback: 0, least: 0 }) },
    valueName: 'The number of workflows that are past their deadline',
    unit: '',
    title: `Workflows${workflowType === null ? '' : ` of the type ${workflowType}`} are past their deadline`,
  };
}

function resolveNewError(path: string, rule: Given): ResolvedKind {
  return {
    source: {
      kind: 'newError',
      withinMs: toMs(`${path}.within`, rule['within'], {
        fallback: 60 * MINUTE_MS,
        least: 1_000,
        most: DAY_MS,
      }),
    },
    limit: { above: 0 },
    valueName: 'How often it was seen',
    unit: '',
    title: 'An error that was not seen before',
  };
}

function resolveIngest(path: string, rule: Given): ResolvedKind {
  const measure = toOneOf(`${path}.measure`, rule['measure'] ?? null, ['dropped', 'waiting']);
  const overMs = toMs(`${path}.over`, rule['over'], WINDOW);
  return {
    source: { kind: 'ingest', measure, overMs },
    limit: { above: toNumber(`${path}.above`, rule['above'], { fallback: 0, least: 0 }) },
    valueName:
      measure === 'dropped'
        ? `The number of rows of telemetry lost over ${msToText(overMs)}`
        : 'The number of rows of telemetry that wait on disk',
    unit: '',
    title: measure === 'dropped' ? 'Telemetry is lost' : 'Telemetry waits on disk',
  };
}

function resolveDatabaseAway(path: string, rule: Given): ResolvedKind {
  const awayMs = toMs(`${path}.for`, rule['for'], { fallback: 30_000, least: 1_000, most: DAY_MS });
  return {
    source: { kind: 'databaseAway', quietMs: awayMs },
    limit: { above: awayMs },
    valueName: 'The time for which the database did not answer',
    unit: 'ms',
    title: 'The database is away',
    forMs: 0,
  };
}
