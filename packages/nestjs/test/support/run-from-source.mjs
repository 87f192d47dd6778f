// Runs a TypeScript module of the tests in a process of its own, from the sources of the workspace, as vitest does.
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

// Optional peers that this run has to do without.
register('./absent-packages.mjs', import.meta.url, {
  data: (process.env.ABSENT_PACKAGES ?? '').split(',').filter(Boolean),
});
const conditions = ['source', 'node', 'development|production'];
const server = await createServer({
  configFile: false,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  appType: 'custom',
  logLevel: 'error',
  oxc: { decorator: { legacy: true } },
  ssr: { resolve: { conditions } },
  // Nothing is served to a browser, so nothing is to be prepared for one.
  optimizeDeps: { noDiscovery: true, include: [] },
  // In middleware mode Vite leaves SIGTERM to the application.
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
});
await server.ssrLoadModule(process.argv[2]);
