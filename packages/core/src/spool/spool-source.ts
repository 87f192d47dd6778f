import { existsSync } from 'node:fs';
import { KNOWN_COLUMNS } from '../ingest/ingest-columns.ts';
import type { SpoolSource } from '../ingest/spool-mover.ts';
import { openSpool } from './open-spool.ts';
import type { SpoolOptions } from './spool.ts';
import { serviceFolderOf } from './spool-folder.ts';

/** What of {@link SpoolOptions} is configured; the name is asked for when the spool is needed. */
export interface SpoolSourceOptions extends Pick<
  SpoolOptions,
  'directory' | 'maxBytes' | 'maxAgeMs' | 'onDropped'
> {
  serviceName(): string;
}

/** Opens the spool of a service at the first need; until then nothing is on disk. */
export function createSpoolSource({ serviceName, ...options }: SpoolSourceOptions): SpoolSource {
  return {
    mayHaveOrphans: () => existsSync(serviceFolderOf(options.directory, serviceName())),
    open: () => openSpool({ ...options, serviceName: serviceName(), knownColumns: KNOWN_COLUMNS }),
  };
}
