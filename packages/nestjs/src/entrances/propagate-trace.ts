import { ObservabilityError, propagationHeaders } from '@pg-observability/core';

/** The part of Nest's `ClientProxy` that is used here; the package is optional. */
export interface DispatchingClient {
  setOnDispatchHook(hook: (packet: { metadata?: Record<string, string> }) => void): void;
}

/**
 * Lets a client of a microservice over TCP or Redis send the current trace and correlation ID with every request and event. The
 * other transports have headers of their own: put `propagationHeaders()` there.
 *
 * @param client what `ClientsModule` or `ClientProxyFactory` makes; it is answered, and its dispatch hook is taken
 * @throws `INVALID_ARGUMENT` when it has no dispatch hook (`@nestjs/microservices` before 12.1)
 * @example
 * ```ts
 * const stock = propagateTrace(ClientProxyFactory.create({ transport: Transport.TCP, options: { port: 4000 } }));
 * ```
 */
export function propagateTrace<Client extends DispatchingClient>(client: Client): Client {
  if (typeof (client as Partial<DispatchingClient> | undefined)?.setOnDispatchHook !== 'function') {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `propagateTrace was given ${client === null ? 'null' : typeof client} without setOnDispatchHook; expected a ClientProxy of @nestjs/microservices 12.1 or later.`,
    );
  }
  client.setOnDispatchHook((packet) => {
    packet.metadata = { ...packet.metadata, ...propagationHeaders() };
  });
  return client;
}
