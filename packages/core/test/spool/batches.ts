import type { EncodedBatch } from '../../src/ingest/encoded-batch.ts';
import type { KnownColumns } from '../../src/spool/spool-file.ts';

export const knownColumns: KnownColumns = {
  spans: new Set(['trace_id', 'operation_name']),
  metrics: new Set(['metric_name', 'value']),
};

/** 32 hex digits that end in a number. */
export function batchIdOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

export function makeBatch(changes: Partial<EncodedBatch> = {}): EncodedBatch {
  return {
    batchId: batchIdOf(1),
    signal: 'spans',
    columns: ['trace_id', 'operation_name'],
    rowCount: 3,
    partitionTimes: [1_795_392_000_000],
    origins: {
      resources: [
        {
          resource_id: '9007199254740993',
          service_name: 'größe "x"\n\u{1f600}',
          schema_url: null,
          attributes: { ['__proto__']: 1, deep: [null, { a: 'b' }] },
        },
      ],
      scopes: [
        { scope_id: '-1', resource_id: '9007199254740993', name: 'scope', version: '1', schema_url: null },
      ],
    },
    cutAtMs: 1_795_392_000_123,
    rows: Buffer.from('a\tone\nb\t\\N\nc\tgrün\n'),
    ...changes,
  };
}
