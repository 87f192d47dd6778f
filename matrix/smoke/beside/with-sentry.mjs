// What an application with Sentry loads before anything else, by --import.
import * as Sentry from '@sentry/node';
import { settings } from './settings.mjs';

Sentry.init({ dsn: settings.intakeUrl.replace('//', '//key@') + '/1', tracesSampleRate: 1 });

export const setupErrorHandler = (app) => Sentry.setupExpressErrorHandler(app);
export const close = () => Sentry.close(5_000);
