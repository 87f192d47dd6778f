/** Token of the resolved options of `forRoot` or `forRootAsync`. */
export const OBSERVABILITY_MODULE_OPTIONS: unique symbol = Symbol.for('pg-observability.nestjs.options');
