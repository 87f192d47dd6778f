import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import type { CanActivate } from '@nestjs/common';
import { ApolloDriver } from '@nestjs/apollo';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import { APP_GUARD } from '@nestjs/core';
import {
  Args,
  Field,
  GraphQLModule,
  ID,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { currentCorrelationId } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { describe, expect, it } from 'vitest';
import { ObservabilityModule, Traced } from '../../src/index.ts';
import { startApplication } from '../support/start-application.ts';
import { storedCounts, storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();

@ObjectType()
class Order {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  correlationId!: string;
}

@Traced()
@Resolver(() => Order)
class OrdersResolver {
  @Query(() => Order)
  // What a compiler writes with emitDecoratorMetadata: Nest looks for it, although the type is given.
  @Reflect.metadata('design:paramtypes', [String])
  async order(@Args('id', { type: () => ID }) id: string): Promise<Pick<Order, 'id'>> {
    return { id };
  }

  @Mutation(() => Order)
  placeOrder(): never {
    throw new RangeError('sold out');
  }

  @ResolveField('correlationId', () => String)
  correlationId(): string {
    return String(currentCorrelationId());
  }
}

@Injectable()
class OpenGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

describe('GraphQL from code, on Apollo', () => {
  it('is one request and one context for all resolvers, which @Traced makes its children', async () => {
    await using application = await startApplication(apolloModule('apollo'), 'express');

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
    await using application = await startApplication(apolloModule('apollo-errors'), 'express');

    const answer = await ask(application.url, 'mutation { placeOrder { id } }');

    const spans = await storedEntrances(application.observability);
    expect(answer).toMatchObject({ data: null, errors: [{ message: 'sold out' }] });
    expect(spans.map(({ name, status, exception }) => [name, status, exception])).toEqual([
      ['POST /graphql', 'UNSET', null],
      ['OrdersResolver.placeOrder', 'ERROR', 'RangeError'],
    ]);
  });

  it.each([
    [{ path: 'api/orders' }, '/api/orders', '/api/orders'],
    [{ path: '/orders', useGlobalPrefix: true }, '/v1/orders', '/v1/orders/?trace=on'],
  ])('is a route where it is mounted as %o', async (options, route, url) => {
    const module = apolloModule(`apollo${route}`, options);
    await using application = await startApplication(module, 'express', (app) => app.setGlobalPrefix('v1'));

    const answer = await ask(application.url + url, '{ order(id: "7") { id } }', '');
    await fetch(`${application.url}${route}-unknown`);

    expect(answer).toEqual({ data: { order: { id: '7' } } });
    const requests = (await storedEntrances(application.observability)).filter(
      ({ kind }) => kind === 'SERVER',
    );
    expect(requests.map(({ name }) => name)).toEqual([`POST ${route}`, 'GET']);
  });
});

function apolloModule(
  serviceName: string,
  options: Pick<ApolloDriverConfig, 'path' | 'useGlobalPrefix'> = {},
): new () => object {
  @Module({
    imports: [
      ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) }),
      GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true, ...options }),
    ],
    providers: [OrdersResolver, { provide: APP_GUARD, useClass: OpenGuard }],
  })
  class ApolloModule {}
  return ApolloModule;
}

async function ask(url: string, query: string, path = '/graphql'): Promise<unknown> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-correlation-id': 'order-7' },
    body: JSON.stringify({ query }),
  });
  return response.json();
}
