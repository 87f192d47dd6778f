// The same by -r, in CommonJS.
const Sentry = require('@sentry/node');
const { settings } = require('./settings.mjs');

Sentry.init({ dsn: settings.intakeUrl.replace('//', '//key@') + '/1', tracesSampleRate: 1 });

exports.setupErrorHandler = (app) => Sentry.setupExpressErrorHandler(app);
exports.close = () => Sentry.close(5_000);
