import 'reflect-metadata';
import type { HandlerOperation } from './handler-operation.ts';

// Nest's own names, in a package that need not be installed.
const MESSAGE_MAPPING = 'websockets:message_mapping';
const MESSAGE = 'message';
const IS_GATEWAY = 'websockets:is_gateway';
const CONNECTION_HANDLERS: ReadonlySet<string> = new Set(['handleConnection', 'handleDisconnect']);

/**
 * Describes the calls of a gateway's method: `@SubscribeMessage` of `@nestjs/websockets`, `handleConnection` and
 * `handleDisconnect`. There are no conventions for WebSockets; a message that names what is to be done is a remote call.
 *
 * @param methodName `Class.method`
 * @returns undefined for any other method
 */
export function describeGatewayCall(
  method: object,
  methodName: string,
  { key, owner }: { key: string; owner: object },
): HandlerOperation | undefined {
  if (Reflect.getMetadata(MESSAGE_MAPPING, method) === true) {
    const message: unknown = Reflect.getMetadata(MESSAGE, method);
    return describe(
      typeof message === 'string' ? message : (JSON.stringify(message) ?? methodName),
      methodName,
    );
  }
  return CONNECTION_HANDLERS.has(key) && Reflect.getMetadata(IS_GATEWAY, owner) === true
    ? describe(methodName, methodName)
    : undefined;
}

function describe(name: string, methodName: string): HandlerOperation {
  const labels = { 'rpc.system.name': 'websocket', 'rpc.method': name };
  const attributes = { ...labels, 'code.function.name': methodName };
  return {
    describe: () => ({
      // What a message says comes from strangers.
      carrier: undefined,
      spanName: name,
      kind: 'server',
      attributes,
      metricName: 'rpc.server.call.duration',
      labels,
    }),
    isEntrance: () => true,
  };
}
