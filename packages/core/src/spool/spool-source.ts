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
  /** The database what is on disk is meant for; see `SqlStore.target`. */
  target: string | undefined;
}

/** Opens the spool of a service at the first need; until then nothing is on disk. */
export function createSpoolSource({ serviceName, target, ...options }: SpoolSourceOptions): SpoolSource {
  // The folder is named by a hash of all of it, so a service that moves to another database begins anew.
  const owner = (): string => (target === undefined ? serviceName() : `${serviceName()} ${target}`);
  return {
    mayHaveOrphans: () => existsSync(serviceFolderOf(options.directory, owner())),
    open: () => openSpool({ ...options, serviceName: owner(), knownColumns: KNOWN_COLUMNS }),
  };
}
