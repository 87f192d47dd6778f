/** The two formats Prometheus reads. */
export type DocumentFormat = 'text' | 'openmetrics';

/** One line with a value. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: {
    readonly labels: Readonly<Record<string, string>>;
    value: number;
    timestamp?: number;
  };
}

/** Everything under one name. */
export interface ParsedFamily {
  readonly name: string;
  type: string;
  help?: string;
  unit?: string;
  readonly samples: ParsedSample[];
}
