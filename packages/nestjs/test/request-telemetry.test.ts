import {
  BadRequestException,
  Body,
  Catch,
  Controller,
  ForbiddenException,
  Get,
  HttpException,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  Post,
  UseFilters,
  UseGuards,
  VersioningType,
} from '@nestjs/common';
import type {
  ArgumentsHost,
  CanActivate,
  DynamicModule,
  ExceptionFilter,
  INestApplication,
  MiddlewareConsumer,
  NestModule,
  Type,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { currentCorrelationId } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../src/index.ts';
import { PLATFORMS } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { startApplication } from './support/start-application.ts';
import type { StartedApplication } from './support/start-application.ts';
import { storedDurations, storedServerSpans } from './support/stored-telemetry.ts';
import type { StoredSpan } from './support/stored-telemetry.ts';

const database = await testDatabase();

@Injectable()
class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class BrokenGuard implements CanActivate {
  canActivate(): boolean {
    throw new Error('no keys to check tokens with');
  }
}

/** Answers as an application's own filter does: it is asked first and knows nothing of telemetry. */
@Catch()
class AnyErrorFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{
      status(code: number): { send(body: unknown): void };
    }>();
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    response.status(status).send({ filtered: true });
  }
}

@Controller('orders')
class OrdersController {
  @Get(':id')
  find(@Param('id', ParseIntPipe) id: number): unknown {
    return { id, correlationId: currentCorrelationId() };
  }

  @Get(':id/secret')
  @UseGuards(RefusingGuard)
  secret(): string {
    return 'never';
  }

  @Get(':id/broken')
  broken(): string {
    throw new Error('warehouse burned down');
  }

  @Get(':id/rejected')
  async rejected(): Promise<string> {
    throw new Error('supplier gone');
  }

  @Get(':id/broken-guard')
  @UseGuards(BrokenGuard)
  @UseFilters(AnyErrorFilter)
  brokenGuard(): string {
    return 'never';
  }

  @Get(':id/filtered')
  @UseFilters(AnyErrorFilter)
  filtered(): string {
    throw new Error('caught by a filter of the method');
  }

  @Get(':id/refused')
  refused(): string {
    throw new ForbiddenException();
  }

  @Post()
  create(@Body() body: unknown): unknown {
    if (typeof body !== 'object') {
      throw new BadRequestException();
    }
    return { body, correlationId: currentCorrelationId() };
  }
}

@Controller({ path: 'invoices', version: '2' })
class InvoicesController {
  @Get(':number')
  find(): string {
    return 'invoice';
  }
}

@Module({ controllers: [OrdersController, InvoicesController] })
class OrdersModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((_request: unknown, _response: unknown, next: (error?: Error) => void) => {
        next(new Error('middleware failed'));
      })
      .forRoutes('orders/by-middleware/fails');
  }
}

@Module({
  imports: [OrdersModule],
  providers: [{ provide: APP_FILTER, useClass: AnyErrorFilter }],
})
class FilteredOrdersModule {}

describe.each(PLATFORMS)('request telemetry on %s', (platform) => {
  it('names each request by the pattern of its route, and what became of it', async () => {
    await using application = await start(platform, OrdersModule, 'outcomes');

    await get(application, '/orders/7?token=abc');
    await get(application, '/orders/seven');
    await get(application, '/orders/7/secret');
    await get(application, '/orders/7/refused');
    await get(application, '/orders/7/broken');
    await get(application, '/orders/7/rejected');
    await get(application, '/nowhere/at/all');

    expect(await spans(application)).toEqual([
      { name: 'GET /orders/:id', route: '/orders/:id', status_code: 200, status: 'UNSET', error: null },
      { name: 'GET /orders/:id', route: '/orders/:id', status_code: 400, status: 'UNSET', error: null },
      {
        name: 'GET /orders/:id/secret',
        route: '/orders/:id/secret',
        status_code: 403,
        status: 'UNSET',
        error: null,
      },
      {
        name: 'GET /orders/:id/refused',
        route: '/orders/:id/refused',
        status_code: 403,
        status: 'UNSET',
        error: null,
      },
      {
        name: 'GET /orders/:id/broken',
        route: '/orders/:id/broken',
        status_code: 500,
        status: 'ERROR',
        error: 'warehouse burned down',
      },
      {
        name: 'GET /orders/:id/rejected',
        route: '/orders/:id/rejected',
        status_code: 500,
        status: 'ERROR',
        error: 'supplier gone',
      },
      { name: 'GET', route: null, status_code: 404, status: 'UNSET', error: null },
    ]);
  });

  it('counts each request once in the duration metric, with one label for all that no route matched', async () => {
    await using application = await start(platform, OrdersModule, 'metric');

    await get(application, '/orders/1');
    await get(application, '/orders/2');
    await get(application, '/orders/2/secret');
    await get(application, '/a');
    await get(application, '/b');

    expect(await storedDurations(application.observability)).toEqual([
      { route: '/orders/:id', status_code: '200', count: 2 },
      { route: '/orders/:id/secret', status_code: '403', count: 1 },
      { route: '<unmatched>', status_code: '404', count: 2 },
    ]);
  });

  it('records the exception whatever filter of the application answers it', async () => {
    await using application = await start(platform, FilteredOrdersModule, 'filters');

    await get(application, '/orders/7/broken');
    await get(application, '/orders/7/filtered');
    await get(application, '/orders/7/broken-guard');
    await get(application, '/orders/by-middleware/fails');

    const found = await spans(application);
    expect(found.map(({ status_code, error }) => ({ status_code, error }))).toEqual([
      { status_code: 500, error: 'warehouse burned down' },
      { status_code: 500, error: 'caught by a filter of the method' },
      { status_code: 500, error: 'no keys to check tokens with' },
      { status_code: 500, error: 'middleware failed' },
    ]);
  });

  it('leaves it to the filters of the application what is answered', async () => {
    await using application = await start(platform, FilteredOrdersModule, 'answers');

    const answers = await Promise.all(
      ['/orders/7/broken', '/orders/7/filtered', '/nowhere'].map(async (path) =>
        (await get(application, path)).json(),
      ),
    );

    expect(answers).toEqual([{ filtered: true }, { filtered: true }, { filtered: true }]);
  });

  it('sees every request under a global prefix with URI versions, and outside of it', async () => {
    await using application = await start(platform, OrdersModule, 'prefix', (app) => {
      app.setGlobalPrefix('api');
      app.enableVersioning({ type: VersioningType.URI });
    });

    await get(application, '/api/v2/invoices/9');
    await get(application, '/api/orders/7');
    await get(application, '/api/nowhere');
    await get(application, '/outside');

    const found = await spans(application);
    expect(found.map(({ name, status_code }) => ({ name, status_code }))).toEqual([
      { name: 'GET /api/v2/invoices/:number', status_code: 200 },
      { name: 'GET /api/orders/:id', status_code: 200 },
      { name: 'GET', status_code: 404 },
      { name: 'GET', status_code: 404 },
    ]);
  });

  it('takes a valid correlation ID, answers it, and has it in handlers behind the body parser', async () => {
    await using application = await start(platform, OrdersModule, 'correlation');

    const response = await fetch(`${application.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'order-4711' },
      body: JSON.stringify({ article: 'tea' }),
    });

    expect(response.headers.get('x-correlation-id')).toBe('order-4711');
    expect(await response.json()).toEqual({ body: { article: 'tea' }, correlationId: 'order-4711' });
    const [span] = await storedServerSpans(application.observability);
    expect(span?.correlation_id).toBe('order-4711');
  });

  it('sees a body that no parser can read as a 400', async () => {
    await using application = await start(platform, OrdersModule, 'malformed');

    await fetch(`${application.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"article":',
    });

    const found = await spans(application);
    expect(found.map(({ status_code }) => status_code)).toEqual([400]);
  });

  it('sees preflights that CORS answers', async () => {
    await using application = await start(platform, OrdersModule, 'preflight', (app) => app.enableCors());

    await fetch(`${application.url}/orders/7`, {
      method: 'OPTIONS',
      headers: { origin: 'http://shop.example', 'access-control-request-method': 'GET' },
    });

    const found = await spans(application);
    expect(found.map(({ status_code }) => status_code)).toEqual([204]);
  });

  it('sees requests that middleware of main.ts answers or refuses', async () => {
    await using application = await start(platform, OrdersModule, 'middleware', (app) => {
      app.use('/teapot', (_request: unknown, response: { statusCode: number; end(): void }) => {
        response.statusCode = 418;
        response.end();
      });
    });

    await get(application, '/teapot');

    expect(await storedDurations(application.observability)).toEqual([
      { route: '<unmatched>', status_code: '418', count: 1 },
    ]);
  });
});

describe('the request hook of the Fastify adapter', () => {
  const hooked: string[] = [];
  const hook =
    (name: string) =>
    (_request: unknown, _reply: unknown, done: () => void): void => {
      hooked.push(`${name} ${currentCorrelationId() ?? 'outside'}`);
      done();
    };

  it('goes on running a hook that was there, in the context of the request', async () => {
    const adapter = new FastifyAdapter();
    adapter.setOnRequestHook(hook('earlier'));
    await using application = await start(adapter, OrdersModule, 'earlier-hook');

    await fetch(`${application.url}/orders/7`, { headers: { 'x-correlation-id': 'hooked' } });

    expect([hooked.splice(0), await spans(application)]).toMatchObject([
      ['earlier hooked'],
      [{ status_code: 200 }],
    ]);
  });

  it('is not needed: a hook the application sets later does not hide requests', async () => {
    const adapter = new FastifyAdapter();
    await using application = await start(adapter, OrdersModule, 'later-hook', () =>
      adapter.setOnRequestHook(hook('later')),
    );

    await get(application, '/orders/7');

    expect([hooked.splice(0), await spans(application)]).toMatchObject([
      ['later outside'],
      [{ name: 'GET /orders/:id', status_code: 200 }],
    ]);
  });
});

function start(
  platform: Platform | FastifyAdapter,
  module: Type,
  serviceName: string,
  configure?: (app: INestApplication) => unknown,
): Promise<StartedApplication> {
  const root: DynamicModule = {
    module: class AppModule {},
    imports: [
      ObservabilityModule.forRoot({
        serviceName: `${String(platform)}-${serviceName}`,
        store: postgresStore(database.url),
      }),
      module,
    ],
  };
  return startApplication(root, platform, configure);
}

function get({ url }: StartedApplication, path: string): Promise<Response> {
  return fetch(`${url}${path}`);
}

async function spans({ observability }: StartedApplication): Promise<Omit<StoredSpan, 'correlation_id'>[]> {
  const found = await storedServerSpans(observability);
  return found.map(({ name, route, status_code, status, error }) => ({
    name,
    route,
    status_code,
    status,
    error,
  }));
}
