// `npm start [-- <arguments of the demo>]`: installs, builds and runs apps/demo until it ends.
import { runApp } from './lib/run-app.mjs';

await runApp('apps/demo/dist/main.js');
