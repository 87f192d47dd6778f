import { selectPoints, selectSums } from '../rollups/points.sql.ts';
import { ROLLUP_TABLES } from '../rollups/rollup-period.ts';
import type { Source } from './source-plan.ts';

/** Stands for the service where metrics are grouped; OpenTelemetry's name for it. */
export const SERVICE_LABEL = 'service.name';

// The parameters are named, so that PostgreSQL knows their types.
const ONE_GROUP = `case when $4::jsonb is null or $5::float8 is null then '[]' end`;

/** `$1` name, `$2` labels, `$3` service or null, `$4` labels to group by as a JSON list, `$5` milliseconds of a step or null. */
const FIRST_SEGMENT_PARAMETER = 8;

const GROUP_KEY = `coalesce((
    select jsonb_agg(case label when '${SERVICE_LABEL}' then coalesce(p.service_name, p.labels ->> label) else p.labels ->> label end
      order by place)
    from jsonb_array_elements_text($4::jsonb) with ordinality as g(label, place)), '[]')::text`;

// In a case, because PostgreSQL takes containment for so rare that it would plan for a handful of points.
const HAS_LABELS = `case when labels @> $2::jsonb then true else false end`;

const SLOT = `coalesce(floor((extract(epoch from p.at) * 1000)::float8 / $5::float8), 0)`;

/**
 * The points and sums of a metric from where they are, each with its group and step: `$6` and `$7` are the statement's own, then
 * two for each segment, its start and end in epoch milliseconds.
 *
 * @param isOne true where `$4` is empty and `$5` is null
 */
export function selectGroupedPoints(sources: readonly Source[], isOne = false): string {
  return `
  select ${isOne ? ONE_GROUP : GROUP_KEY} as group_key, ${isOne ? '0::float8' : SLOT} as slot, p.*
  from (${sources.map((_, place) => selectSourcePoints(sources, place)).join(`
  union all`)}) p`;
}

/** Those of one source, without group and step. */
export function selectSourcePoints(sources: readonly Source[], place: number): string {
  const source = sources[place] as Source;
  const first = FIRST_SEGMENT_PARAMETER + 2 * place;
  const time = source === 'points' ? 'recorded_at' : 'bucket_start';
  const condition = `metric_name = $1::text and ${HAS_LABELS} and ($3::text is null or service_name = $3::text)
    and ${time} >= to_timestamp($${first}::float8 / 1000) and ${time} < to_timestamp($${first + 1}::float8 / 1000)`;
  return source === 'points' ? selectPoints(condition) : selectSums(ROLLUP_TABLES[source], condition);
}
