import {
  KafkaContext,
  MqttContext,
  NatsContext,
  RedisContext,
  RmqContext,
  TcpContext,
} from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { messageCarrier } from '../../src/entrances/message-carrier.ts';

const headers = { traceparent: 'parent', 'x-correlation-id': 'order-7' };

describe('messageCarrier', () => {
  it.each([
    ['TCP', new TcpContext([{} as never, 'list', headers])],
    ['Redis', new RedisContext(['list', headers])],
    ['RabbitMQ', new RmqContext([{ properties: { headers } }, {}, 'list'])],
    [
      'Kafka',
      new KafkaContext([
        { headers: { traceparent: Buffer.from('parent'), 'x-correlation-id': 'order-7' } } as never,
        0,
        'list',
        {} as never,
        async () => undefined,
        {} as never,
      ]),
    ],
    ['NATS', new NatsContext(['list', new Map(Object.entries(headers))])],
    ['MQTT', new MqttContext(['list', { properties: { userProperties: headers } }])],
    ['gRPC', { getMap: () => headers }],
  ])('finds the headers of a message of %s', (_transport, context) => {
    expect(messageCarrier(context)).toEqual(headers);
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [{}],
    [new TcpContext([{} as never, 'list'])],
    [new NatsContext(['list', undefined])],
    [new RmqContext([undefined as never, {}, 'list'])],
    [
      {
        getMetadata: () => {
          throw new Error('gone');
        },
      },
    ],
  ])('finds nothing in %o', (context) => {
    expect(messageCarrier(context)).toBeUndefined();
  });
});
