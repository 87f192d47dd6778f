import type { SqlRunner, SqlStore } from '../storage/sql-store.ts';
import { checkLease } from './leases.sql.ts';

/** Proof that a lease was given, to be checked by each write that is made under it. */
export interface LeaseGrant {
  /** What the lease is for, for example `housekeeping`. */
  readonly name: string;
  /** Process that holds it. */
  readonly holder: string;
  /** Number that grows with each new holder; as text, because it is a bigint. */
  readonly fence: string;
}

/** What became of work under a lease: done, or refused because the lease had gone. */
export type Fenced<Result> = { held: true; result: Result } | { held: false };

/**
 * Runs `work` in a transaction that begins by checking the lease, by the clock of the database. A holder that was paused, or
 * cut off, for longer than its lease finds `held: false` and has written nothing; while a checked transaction is open nobody
 * can take the lease over.
 *
 * @param grant what `Lease.held` answered; undefined runs the work without a lease, for a call by hand
 * @example
 * ```ts
 * const outcome = await withFence(store, lease.held, (sql) => sql.query('update …'));
 * ```
 */
export function withFence<Result>(
  store: SqlStore,
  grant: LeaseGrant | undefined,
  work: (sql: SqlRunner) => Promise<Result>,
): Promise<Fenced<Result>> {
  return store.transaction(async (sql): Promise<Fenced<Result>> => {
    if (grant !== undefined && !(await holdsLease(sql, grant))) {
      return { held: false };
    }
    return { held: true, result: await work(sql) };
  });
}

async function holdsLease(sql: SqlRunner, grant: LeaseGrant): Promise<boolean> {
  const { rowCount } = await sql.query(checkLease, [grant.name, grant.holder, grant.fence]);
  return rowCount > 0;
}

/**
 * The condition of a single statement that must not be late, to be put behind `where` or `and`.
 *
 * @param firstParameter number of the first of three parameters it uses: name, holder, fence (see {@link fenceValues})
 * @example
 * ```ts
 * sql.query(`update … where id = $1::bigint and ${fenceCondition(2)}`, [id, ...fenceValues(grant)]);
 * ```
 */
export function fenceCondition(firstParameter: number): string {
  const [name, holder, fence] = [firstParameter, firstParameter + 1, firstParameter + 2];
  return `exists (select from observability.leases where name = $${name}::text and holder = $${holder}::text and fence = $${fence}::bigint and expires_at > clock_timestamp())`;
}

/** The values of {@link fenceCondition}, in their order. */
export function fenceValues(grant: LeaseGrant): [name: string, holder: string, fence: string] {
  return [grant.name, grant.holder, grant.fence];
}
