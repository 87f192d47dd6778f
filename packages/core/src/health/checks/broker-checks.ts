import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import { untraced } from '../../tracing/untraced.ts';
import type { HealthCheckFunction } from '../health-check.ts';

/** A client of Redis or Valkey: ioredis, node-redis, iovalkey. */
export interface RedisClientLike {
  ping(): Promise<unknown>;
}

/** A channel of amqplib, or a channel wrapper of amqp-connection-manager. */
export interface AmqpChannelLike {
  checkExchange(exchange: string): Promise<unknown>;
}

// Every broker has it, and asking for it changes nothing.
const DEFAULT_EXCHANGE = 'amq.direct';

/**
 * A check that Redis answers `PING` with `PONG`, by a client of yours.
 * @throws `INVALID_ARGUMENT` when it has no `ping`
 * @example `checks: { cache: { check: redisCheck(redis), critical: false } }`
 */
export function redisCheck(client: RedisClientLike): HealthCheckFunction {
  assertMethod('redisCheck', client, 'ping', 'a client with ping(), such as those of ioredis and node-redis');
  return async () => {
    const answer = await untraced(() => client.ping());
    return String(answer) === 'PONG'
      ? true
      : { healthy: false, message: `answered ${describeValue(answer)} in place of PONG` };
  };
}

/**
 * A check that RabbitMQ answers on a channel of yours: whether an exchange is there, which changes nothing. Give it a channel of its
 * own: the broker closes a channel on which it was asked for an exchange that is not there.
 * @param exchange default `amq.direct`, which every broker has
 * @throws `INVALID_ARGUMENT` when the channel has no `checkExchange`, or the exchange is no name
 * @example `checks: { broker: rabbitmqCheck(await connection.createChannel()) }`
 */
export function rabbitmqCheck(
  channel: AmqpChannelLike,
  exchange: string = DEFAULT_EXCHANGE,
): HealthCheckFunction {
  assertMethod('rabbitmqCheck', channel, 'checkExchange', 'a channel of amqplib');
  if (typeof exchange !== 'string' || exchange === '' || Buffer.byteLength(exchange) > 255) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `The exchange of rabbitmqCheck is ${describeValue(exchange)}; expected a name of 1 to 255 bytes.`,
    );
  }
  return async () => {
    await untraced(() => channel.checkExchange(exchange));
  };
}

function assertMethod(owner: string, client: unknown, method: string, expected: string): void {
  const isClient = typeof client === 'object' || typeof client === 'function';
  const found = isClient && client !== null ? (client as Record<string, unknown>)[method] : undefined;
  if (typeof found !== 'function') {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${owner} got ${describeValue(client)} without ${method}(); expected ${expected}.`,
    );
  }
}
