import type { Log } from '../logging/log-once.ts';

/** A metric that has reached its limit of series. */
export interface SeriesOverflow {
  name: string;
  /** Series it has. */
  series: number;
  /** The label with the most values; undefined when there are no labels. */
  widestLabel: string | undefined;
}

/** Says once per metric that it has too many series, and which label makes them. */
export function warnOfOverflow(log: Log, { name, series, widestLabel }: SeriesOverflow): void {
  const shown = JSON.stringify(name.slice(0, 80));
  const culprit =
    widestLabel === undefined
      ? ''
      : ` Its label ${JSON.stringify(widestLabel.slice(0, 80))} has the most values.`;
  log.warnOnce(
    `metric-overflow:${shown}`,
    `Metric ${shown} has ${series} series, the most it may have; further ones are added up in one series with the label otel.metric.overflow=true.${culprit} Labels are for a handful of values, not for IDs.`,
  );
}
