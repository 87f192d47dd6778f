/** What of an alert silences are compared with, as SQL. */
export interface SilenceSubject {
  type: string;
  severity: string;
  service: string;
  title: string;
  labels: string;
}

/** Until when the silences that are in force keep an alert from being told; null where none matches. */
export function silencedUntil({ type, severity, service, title, labels }: SilenceSubject): string {
  return `(
    select max(s.ends_at) from observability.alert_silences s
    where s.ended_at is null and s.ends_at > clock_timestamp() and not exists (
      select from jsonb_each_text(s.patterns) as p(field, pattern)
      where not coalesce(case
        when p.field like 'label:%' then ${labels} ->> substr(p.field, 7)
        when p.field = 'alertType' then ${type}
        when p.field = 'severity' then ${severity}
        when p.field = 'serviceName' then ${service}
        when p.field = 'title' then ${title}
      end like p.pattern, false)))`;
}

const silenceColumns = `
    s.id::int, s.matchers, (extract(epoch from s.created_at) * 1000)::float8 as created_at_ms, s.created_by, s.note,
    (extract(epoch from s.ends_at) * 1000)::float8 as ends_at_ms,
    (extract(epoch from s.ended_at) * 1000)::float8 as ended_at_ms, s.ended_by,
    (s.ended_at is null and s.ends_at > clock_timestamp()) as is_active`;

/** Makes room for a new silence with the same matchers as one that has run out. $1 hash of the matchers */
export const closeRunOutSilence: string = `
  update observability.alert_silences s set ended_at = s.ends_at
  where s.matchers_hash = $1::text and s.ended_at is null and s.ends_at <= clock_timestamp()`;

/**
 * Sets a silence, or makes the one with the same matchers longer. $1 hash of the matchers, $2 matchers, $3 patterns, $4 by,
 * $5 note, $6 its end in epoch milliseconds or null, $7 how many milliseconds it lasts
 */
export const upsertSilence: string = `
  insert into observability.alert_silences as s
    (matchers_hash, matchers, patterns, created_by, note, created_at, ends_at)
  values ($1::text, $2::jsonb, $3::jsonb, $4::text, $5::text, clock_timestamp(),
    coalesce(to_timestamp($6::float8 / 1000), clock_timestamp() + make_interval(secs => $7::float8 / 1000)))
  on conflict (matchers_hash) where ended_at is null do update set
    ends_at = greatest(s.ends_at, excluded.ends_at), created_by = excluded.created_by,
    note = coalesce(excluded.note, s.note)
  returning ${silenceColumns}`;

/** Answers the silence whether it was in force or not, and no row where there is none. $1 id, $2 by */
export const endSilence: string = `
  with target as (
    select s.id from observability.alert_silences s where s.id = $1::int for update
  ), changed as (
    update observability.alert_silences s set ended_at = least(s.ends_at, clock_timestamp()), ended_by = $2::text
    from target t
    where s.id = t.id and s.ended_at is null
    returning s.id, s.matchers, s.created_at, s.created_by, s.note, s.ends_at, s.ended_at, s.ended_by
  )
  select ${silenceColumns} from changed s
  union all
  select ${silenceColumns} from observability.alert_silences s join target t on t.id = s.id
  where not exists (select 1 from changed)`;

/** $1 whether those that are over are wanted as well, $2 limit */
export const selectSilences: string = `
  select ${silenceColumns}
  from observability.alert_silences s
  where $1::boolean or (s.ended_at is null and s.ends_at > clock_timestamp())
  order by s.id desc
  limit $2::int`;
