/**
 * One row per change and receiver. It waits for others of its group, and since the last message of the group.
 *
 * $1 receiver, $2 idempotency key, $3 alert, $4 group, $5 change, $6 group wait in ms, $7 group interval in ms
 */
export const insertNotification: string = `
  insert into observability.alert_notifications (receiver, idempotency_key, alert_id, group_key, change, due_at)
  select $1::text, $2::text, $3::integer, $4::text, $5::jsonb,
    greatest(
      clock_timestamp() + make_interval(secs => $6::float8 / 1000),
      (select n.last_attempt_at from observability.alert_notifications n
       where n.receiver = $1::text and n.group_key = $4::text and n.last_attempt_at is not null
       order by n.last_attempt_at desc limit 1) + make_interval(secs => $7::float8 / 1000))
  on conflict (receiver, idempotency_key) do nothing`;

const claimedColumns = `
    n.notification_id::text, n.idempotency_key, n.message_id, n.attempts::int, n.repeats::int, n.change`;

/**
 * Takes the next message of a receiver: one that is to be tried again, or what waits in a group that is due. Until the time is
 * over nobody else takes it; should this process be gone by then, somebody does.
 *
 * A group has one message under way at a time, so that it is told in order; what comes in meanwhile becomes the next one. Of what
 * can be taken only the row at the head is locked first: two processes cannot each get half of a group.
 *
 * $1 receiver, $2 visibility in ms, $3 ID for a new message, $4 rows of a message at most, $5 true to wait for no others
 */
export const claimMessage: string = `
  with head as (
    select h.notification_id, h.group_key, h.message_id
    from observability.alert_notifications h
    where h.receiver = $1::text and h.state = 'queued'
      and (h.due_at <= clock_timestamp() or ($5::boolean and h.attempts = 0))
      and not exists (
        select from observability.alert_notifications b
        where b.receiver = h.receiver and b.group_key = h.group_key and b.state = 'queued'
          and b.notification_id <> h.notification_id
          and case when h.message_id is null
                   then b.message_id is not null
                     or (b.due_at, b.notification_id) < (h.due_at, h.notification_id)
                   else b.message_id = h.message_id and b.notification_id < h.notification_id end)
    order by h.due_at, h.notification_id
    limit 1
    for update of h skip locked
  )
  update observability.alert_notifications n set
    message_id = coalesce(n.message_id, $3::text),
    attempts = n.attempts + 1,
    due_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000),
    first_attempt_at = coalesce(n.first_attempt_at, clock_timestamp()),
    last_attempt_at = clock_timestamp()
  where n.notification_id in (
    select m.notification_id
    from observability.alert_notifications m, head
    where m.receiver = $1::text and m.group_key = head.group_key and m.state = 'queued'
      and m.message_id is not distinct from head.message_id
    order by m.notification_id
    limit $4::integer
    for update of m skip locked)
  returning ${claimedColumns}`;

/** Only by whoever made the latest attempt. $1 receiver, $2 message, $3 attempt */
export const settleDelivered: string = `
  update observability.alert_notifications set
    state = 'delivered', settled_at = clock_timestamp(), last_error = null
  where receiver = $1::text and message_id = $2::text and attempts = $3::integer and state = 'queued'`;

/**
 * Tries again later, or gives up: when told so, or when the next attempt would come too late.
 *
 * $1 receiver, $2 message, $3 attempt, $4 delay in ms, $5 give up after ms, $6 true to give up now, $7 error
 */
export const settleFailed: string = `
  update observability.alert_notifications set
    due_at = clock_timestamp() + make_interval(secs => $4::float8 / 1000),
    last_error = $7::text,
    state = case when f.is_dead then 'dead' else 'queued' end,
    settled_at = case when f.is_dead then clock_timestamp() end
  from (
    select $6::boolean or min(first_attempt_at) + make_interval(secs => $5::float8 / 1000)
      < clock_timestamp() + make_interval(secs => $4::float8 / 1000) as is_dead
    from observability.alert_notifications
    where receiver = $1::text and message_id = $2::text and state = 'queued') f
  where receiver = $1::text and message_id = $2::text and attempts = $3::integer and state = 'queued'
  returning state`;

/**
 * Queues again what was told of alerts that are still open, as they are now. The row is used again, so that an alert that stays
 * open for a year is one row. Silenced ones are left.
 *
 * $1 receiver, $2 interval in ms, $3 true for alerts that somebody has taken on, too, $4 rows at most
 */
export const repeatNotifications: string = `
  update observability.alert_notifications n set
    state = 'queued', message_id = null, attempts = 0, first_attempt_at = null, settled_at = null,
    repeats = n.repeats + 1, due_at = clock_timestamp(),
    change = n.change || jsonb_build_object('alert', (n.change -> 'alert') || jsonb_build_object(
      'severity', a.severity, 'message', a.message, 'state', a.state, 'count', a.count,
      'lastTriggeredAt', to_char(a.last_triggered_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
  from observability.alerts a
  where n.notification_id in (
      select r.notification_id
      from observability.alerts o
      join lateral (
        select l.notification_id, l.state, l.settled_at
        from observability.alert_notifications l
        where l.alert_id = o.id and l.receiver = $1::text
        order by l.notification_id desc
        limit 1) r on true
      where o.resolved_at is null and (o.state = 'firing' or $3::boolean)
        and coalesce(o.silenced_until <= clock_timestamp(), true)
        and r.state <> 'queued' and r.settled_at <= clock_timestamp() - make_interval(secs => $2::float8 / 1000)
      limit $4::integer)
    and a.id = n.alert_id and n.state <> 'queued'`;

/** What waits and what was given up, by receiver. $1 names of receivers as a JSON array */
export const selectQueues: string = `
  select n.receiver,
    (count(*) filter (where n.state = 'queued'))::int as queued,
    (count(*) filter (where n.state = 'dead'))::int as dead,
    (extract(epoch from min(n.due_at) filter (where n.state = 'queued') - clock_timestamp()) * 1000)::float8
      as next_due_in_ms
  from observability.alert_notifications n
  where n.receiver in (select jsonb_array_elements_text($1::jsonb)) and n.state <> 'delivered'
  group by n.receiver`;

/** $1 state, $2 receiver, $3 alert, $4 limit */
export const selectNotifications: string = `
  select n.notification_id::text, n.receiver, n.idempotency_key, n.alert_id::int, n.group_key, n.state, n.message_id,
    n.attempts::int, n.repeats::int, n.last_error, n.change,
    (extract(epoch from n.created_at) * 1000)::float8 as created_at_ms,
    (extract(epoch from n.due_at) * 1000)::float8 as due_at_ms,
    (extract(epoch from n.last_attempt_at) * 1000)::float8 as last_attempt_at_ms,
    (extract(epoch from n.settled_at) * 1000)::float8 as settled_at_ms
  from observability.alert_notifications n
  where ($1::text is null or n.state = $1::text)
    and ($2::text is null or n.receiver = $2::text)
    and ($3::integer is null or n.alert_id = $3::integer)
  order by n.notification_id desc
  limit $4::integer`;
