const { SHOP_DATABASE_URL, SHOP_INTAKE_URL, SHOP_MODE, SHOP_SERVICE_NAME } = process.env;

/**
 * What the suite tells an application that runs beside another tool. Its mode is `bare` (without us), `connected` (the tool's
 * provider has our processor), `unconnected` (it has not) or `no-provider` (the tool registers none).
 */
export const settings = {
  databaseUrl: SHOP_DATABASE_URL,
  /** Where the other tool sends what it has. */
  intakeUrl: SHOP_INTAKE_URL,
  serviceName: SHOP_SERVICE_NAME,
  isObserved: SHOP_MODE !== 'bare',
  isConnected: SHOP_MODE === 'connected',
  hasProvider: SHOP_MODE !== 'no-provider',
};
