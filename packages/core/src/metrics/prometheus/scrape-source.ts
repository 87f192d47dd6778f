import type { Log } from '../../logging/log-once.ts';
import type { Series } from '../metric-series.ts';

/** What a scrape reads of a `MetricsCollector`. */
export interface ScrapeSource {
  /** Those that have recorded something. */
  series(): Iterable<Series>;
  /** Attributes of the resource, as text. */
  readonly resource: Readonly<Record<string, string>>;
  readonly log: Log;
}
