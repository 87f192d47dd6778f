import 'reflect-metadata';
import type { Attributes, MetricLabels } from '@pg-observability/core';

/** What the span and the metric of a message are called. */
export interface MessageOperation {
  readonly spanName: string;
  readonly kind: 'server' | 'consumer';
  readonly attributes: Attributes;
  readonly metricName: string;
  readonly labels: MetricLabels;
}

// Nest's own names, in a package that need not be installed.
const PATTERNS = 'microservices:pattern';
const HANDLER_TYPE = 'microservices:handler_type';
const EVENT = 2;
const MESSAGING_SYSTEMS: Readonly<Record<string, string>> = {
  KafkaContext: 'kafka',
  MqttContext: 'mqtt',
  NatsContext: 'nats',
  RedisContext: 'redis',
  RmqContext: 'rabbitmq',
  TcpContext: 'tcp',
};

/**
 * Describes a message by OpenTelemetry's conventions for RPC (`@MessagePattern`, `@GrpcMethod`) and for messaging
 * (`@EventPattern`). Names are registered patterns, never the topic of one message.
 *
 * @source https://opentelemetry.io/docs/specs/semconv/rpc/ and https://opentelemetry.io/docs/specs/semconv/messaging/
 * @param methodName `Class.method` of the handler
 * @param context the context of the message, as Nest hands it to handlers
 */
export function describeMessage(handler: object, methodName: string, context: unknown): MessageOperation {
  const pattern = patternOf(handler) ?? methodName;
  const contextName = typeof context === 'object' && context !== null ? context.constructor.name : '';
  const isEvent = Reflect.getMetadata(HANDLER_TYPE, handler) === EVENT;
  const labels: MetricLabels = isEvent
    ? {
        'messaging.system': MESSAGING_SYSTEMS[contextName] ?? 'nestjs',
        'messaging.operation.name': 'process',
        'messaging.destination.name': pattern,
      }
    : { 'rpc.system.name': contextName === 'Metadata' ? 'grpc' : 'nestjs', 'rpc.method': pattern };
  return {
    spanName: isEvent ? `process ${pattern}` : pattern,
    kind: isEvent ? 'consumer' : 'server',
    attributes: {
      ...labels,
      'code.function.name': methodName,
      ...(isEvent ? { 'messaging.operation.type': 'process' } : {}),
    },
    metricName: isEvent ? 'messaging.process.duration' : 'rpc.server.call.duration',
    labels,
  };
}

function patternOf(handler: object): string | undefined {
  const patterns: unknown = Reflect.getMetadata(PATTERNS, handler);
  const [pattern] = Array.isArray(patterns) ? (patterns as unknown[]) : [patterns];
  if (typeof pattern !== 'object' || pattern === null) {
    return typeof pattern === 'string' || typeof pattern === 'number' ? String(pattern) : undefined;
  }
  const { service, rpc } = pattern as { service?: unknown; rpc?: unknown };
  return typeof service === 'string' && typeof rpc === 'string'
    ? `${service}/${rpc}`
    : JSON.stringify(pattern);
}
