// `npm run drill`: installs, builds, and lets happen to the example services what a team is on call for.
import { runApp } from './lib/run-app.mjs';

await runApp('apps/demo/dist/drill/main.js');
