// Runs a TypeScript module of the tests in a process of its own, from the sources of the workspace, as vitest does.
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

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
