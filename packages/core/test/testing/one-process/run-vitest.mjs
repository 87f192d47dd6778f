// Runs the two test files beside this one with `isolate: false`, from the sources. A program of its own, because the command
// line of vitest would find the configuration of the workspace.
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';

const conditions = ['source', 'node', 'development|production'];
const vitest = await startVitest(
  'test',
  [],
  {
    config: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['*.spec.ts'],
    isolate: false,
    fileParallelism: false,
    pool: 'forks',
    watch: false,
    reporters: ['verbose'],
  },
  { resolve: { conditions }, ssr: { resolve: { conditions } } },
);
await vitest.close();
