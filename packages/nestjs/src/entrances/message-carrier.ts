import type { TraceCarrier } from '@pg-observability/core';

type Unknowns = Record<string, unknown>;

/**
 * The headers of a message, wherever its transport keeps them: the metadata of a packet (TCP, Redis), the headers of a RabbitMQ,
 * Kafka or NATS message, the user properties of an MQTT packet, the metadata of a gRPC call. Never throws.
 *
 * @param context the context of the message, as Nest hands it to handlers; the shapes are asked for, because the classes are in
 * an optional package
 */
export function messageCarrier(context: unknown): TraceCarrier {
  try {
    const message = ask(context, 'getMessage');
    return toCarrier(
      ask(context, 'getMetadata') ??
        ask(context, 'getHeaders') ??
        ask(context, 'getMap') ??
        part(message, 'headers') ??
        part(part(message, 'properties'), 'headers') ??
        part(part(ask(context, 'getPacket'), 'properties'), 'userProperties'),
    );
  } catch {
    return undefined;
  }
}

function ask(target: unknown, method: string): unknown {
  const found = part(target, method);
  return typeof found === 'function' ? Reflect.apply(found, target, []) : undefined;
}

function part(target: unknown, name: string): unknown {
  return typeof target === 'object' && target !== null ? (target as Unknowns)[name] : undefined;
}

function toCarrier(headers: unknown): TraceCarrier {
  if (typeof headers !== 'object' || headers === null) {
    return undefined;
  }
  // NATS has an object to ask, the others have plain ones.
  const { keys, get } = headers as Unknowns;
  const entries =
    typeof keys === 'function' && typeof get === 'function'
      ? [...(Reflect.apply(keys, headers, []) as Iterable<string>)].map(
          (name) => [name, Reflect.apply(get, headers, [name]) as unknown] as const,
        )
      : Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, toText(value)]));
}

function toText(value: unknown): string | undefined {
  // Kafka delivers bytes.
  return value instanceof Uint8Array
    ? Buffer.from(value).toString('utf8')
    : typeof value === 'string'
      ? value
      : undefined;
}
