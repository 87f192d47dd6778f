import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { Args, GraphQLModule, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import type { MercuriusDriverConfig } from '@nestjs/mercurius';
import { currentCorrelationId } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { describe, expect, it } from 'vitest';
import { ObservabilityModule, Traced } from '../../src/index.ts';
import { startApplication } from '../support/start-application.ts';
import { storedCounts, storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();

const typeDefs = `
  type Order { id: String!, correlationId: String! }
  type Query { order(id: String!): Order!, broken: Order! }
`;

@Traced()
@Resolver('Order')
class OrdersResolver {
  @Query('order')
  order(@Args('id') id: string): { id: string } {
    return { id };
  }

  @Query('broken')
  broken(): never {
    throw new RangeError('sold out');
  }

  @ResolveField('correlationId')
  correlationId(): string {
    return String(currentCorrelationId());
  }
}

describe('GraphQL', () => {
  it('is one request and one context for all resolvers, which @Traced makes its children', async () => {
    await using application = await startApplication(graphqlModule('graphql'), 'fastify');

    const answer = await ask(
      application.url,
      '{ a: order(id: "7") { id correlationId } b: order(id: "8") { id } }',
    );

    expect(answer).toEqual({ data: { a: { id: '7', correlationId: 'order-7' }, b: { id: '8' } } });
    const spans = await storedEntrances(application.observability);
    const request = spans.find(({ kind }) => kind === 'SERVER');
    const others = spans.filter((span) => span !== request);
    expect(request).toMatchObject({ name: 'POST /graphql', correlation_id: 'order-7' });
    expect(others.map(({ name }) => name).toSorted()).toEqual([
      'OrdersResolver.correlationId',
      'OrdersResolver.order',
      'OrdersResolver.order',
    ]);
    expect(new Set(others.map(({ parent }) => parent))).toEqual(new Set([request?.span_id]));
    expect(await storedCounts(application.observability, 'http.server.request.duration')).toMatchObject([
      { labels: { 'http.route': '/graphql' }, count: 1 },
    ]);
  });

  it('shows the error of a resolver on the span of the resolver; the request was answered', async () => {
    await using application = await startApplication(graphqlModule('graphql-errors'), 'fastify');

    await ask(application.url, '{ broken { id } }');

    const spans = await storedEntrances(application.observability);
    expect(spans.map(({ name, status, exception }) => [name, status, exception])).toEqual([
      ['POST /graphql', 'UNSET', null],
      ['OrdersResolver.broken', 'ERROR', 'RangeError'],
    ]);
  });
});

function graphqlModule(serviceName: string): new () => object {
  @Module({
    imports: [
      ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) }),
      GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, typeDefs }),
    ],
    providers: [OrdersResolver],
  })
  class GraphqlModule {}
  return GraphqlModule;
}

async function ask(url: string, query: string): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-correlation-id': 'order-7' },
    body: JSON.stringify({ query }),
  });
  return response.json();
}
