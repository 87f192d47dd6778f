/** Takes the lease where nobody holds it. The row is never deleted, so that the fence only ever grows. */
export const acquireLease = `
insert into observability.leases as l (name, holder, fence, expires_at)
values ($1::text, $2::text, 1, clock_timestamp() + make_interval(secs => $3::float8 / 1000))
on conflict (name) do update
set holder = excluded.holder, fence = l.fence + 1,
    expires_at = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
where l.expires_at <= clock_timestamp()
returning l.fence::text as fence`;

/** Milliseconds the lease still runs, whoever holds it. Reads only: asking must not write a row version each time. */
export const readLease = `
select (extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as remaining_ms
from observability.leases where name = $1::text`;

/** Answers no row when the lease has run out or was taken over. */
export const renewLease = `
update observability.leases
set expires_at = clock_timestamp() + make_interval(secs => $4::float8 / 1000)
where name = $1::text and holder = $2::text and fence = $3::bigint and expires_at > clock_timestamp()
returning name`;

/** Ends the lease now, if it is still ours. */
export const releaseLease = `
update observability.leases set expires_at = clock_timestamp()
where name = $1::text and holder = $2::text and fence = $3::bigint and expires_at > clock_timestamp()`;

/**
 * Answers a row while the lease is ours, and keeps others from taking it over until the transaction ends: a write that was
 * checked is committed before the next holder can begin.
 */
export const checkLease = `
select name from observability.leases
where name = $1::text and holder = $2::text and fence = $3::bigint and expires_at > clock_timestamp()
for share`;
