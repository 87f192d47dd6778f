import { activeTrace } from '../../context/correlation-id.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import type { SqlRunner } from '../../storage/sql-store.ts';
import type { StoreAccess } from '../../storage/store-access.ts';
import type { AlertChangeHook } from '../alert-change.ts';
import type { ResolvedAlertOptions } from '../alert-options.ts';
import { runAlertStep } from '../alert-step.ts';
import { toAlertId, toResolver } from '../alert-values.ts';
import { markSilencedAlerts } from '../alerts.sql.ts';
import { rowToSilence } from './silence.ts';
import type { Silence, SilenceFilter, SilenceInput, SilenceRow } from './silence.ts';
import { silenceFilterToValues, silenceToValues } from './silence-values.ts';
import {
  closeRunOutSilence,
  endSilence as endSilenceById,
  selectSilences,
  upsertSilence,
} from './silences.sql.ts';

/** @see AlertManager.silence */
export async function setSilence(
  access: StoreAccess,
  input: SilenceInput,
  options: ResolvedAlertOptions,
): Promise<Silence> {
  const { hash, values, by } = silenceToValues(input, options, Date.now());
  return access.transaction(async (sql) => {
    await sql.query(closeRunOutSilence, [hash]);
    const { rows } = await sql.query<SilenceRow>(upsertSilence, values);
    if (rows[0] === undefined) {
      throw new ObservabilityError(
        'STORE_FAILED',
        'The database answered no row for a silence. Does a rule or trigger on observability.alert_silences swallow it?',
      );
    }
    await markSilenced(sql, by, options.onChange);
    return rowToSilence(rows[0]);
  });
}

/** @see AlertManager.unsilence */
export async function endSilence(
  access: StoreAccess,
  id: unknown,
  by: unknown,
  options: ResolvedAlertOptions,
): Promise<Silence> {
  const silenceId = toAlertId(id);
  const actor = toResolver(by, options);
  return access.transaction(async (sql) => {
    const { rows } = await sql.query<SilenceRow>(endSilenceById, [silenceId, actor]);
    if (rows[0] === undefined) {
      throw new ObservabilityError(
        'SILENCE_NOT_FOUND',
        `There is no silence with the id ${silenceId}. silences({ includeEnded: true }) answers those there are.`,
      );
    }
    await markSilenced(sql, actor, options.onChange);
    return rowToSilence(rows[0]);
  });
}

/** @see AlertManager.silences */
export async function readSilences(access: StoreAccess, filter: SilenceFilter): Promise<Silence[]> {
  const { rows } = await access.query<SilenceRow>(selectSilences, silenceFilterToValues(filter));
  return rows.map(rowToSilence);
}

/** Brings the open alerts in line with the silences that are in force now. Answers how many are no longer silenced. */
export async function markSilenced(
  sql: SqlRunner,
  by: string | null,
  onChange: AlertChangeHook | undefined,
): Promise<number> {
  const values = [by, activeTrace()?.traceId ?? null];
  return (await runAlertStep(sql, [markSilencedAlerts, values], onChange)).length;
}
