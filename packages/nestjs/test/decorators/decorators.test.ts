import 'reflect-metadata';
import {
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  Param,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import type { CanActivate } from '@nestjs/common';
import type { MetricLabels, Observability } from '@pg-observability/core';
import { createObservability, currentCorrelationId } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { of } from 'rxjs';
import type { Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counted, ObservabilityModule, Timed, Traced } from '../../src/index.ts';
import { PLATFORMS } from '../support/platform.ts';
import { startApplication } from '../support/start-application.ts';

const database = await testDatabase();
let observability: Observability;

beforeAll(() => {
  observability = createObservability({ serviceName: 'decorators', store: postgresStore(database.url) });
});
afterAll(() => observability.shutdown());

class Shop {
  readonly #prices = new Map([['tea', 3]]);

  @Traced()
  price(article: string): number {
    return this.#prices.get(article) ?? 0;
  }

  @Traced({ name: 'buy', attributes: ([article, count]: [string, number]) => ({ article, count }) })
  async buy(article: string, count: number): Promise<number> {
    await Promise.resolve();
    return this.price(article) * count;
  }

  @Traced({
    name: 'described badly',
    attributes: () => {
      throw new Error('not today');
    },
  })
  describedBadly(): string {
    return 'ran';
  }

  @Traced('stream')
  stream(): Observable<number> {
    return of(1, 2, 3);
  }

  @Traced()
  async failing(): Promise<void> {
    throw new RangeError('sold out');
  }

  @Traced()
  static opened(): boolean {
    return true;
  }
}

describe('@Traced', () => {
  it('makes each call a span with the name of class and method, nested as the calls are', async () => {
    const total = await new Shop().buy('tea', 4);

    const [outer, inner] = await spans('buy', 'Shop.price');
    expect([total, outer?.['attributes'], inner?.['parent'] === outer?.['span_id']]).toEqual([
      12,
      { article: 'tea', count: 4 },
      true,
    ]);
  });

  it('records what an async method rejects with', async () => {
    await expect(new Shop().failing()).rejects.toThrow('sold out');

    const [span] = await spans('Shop.failing');
    expect(span).toMatchObject({ status: 'ERROR', exception: 'RangeError' });
  });

  it('runs the method when the function for its attributes throws', async () => {
    expect(new Shop().describedBadly()).toBe('ran');
    expect(await spans('described badly')).toMatchObject([{ attributes: {} }]);
  });

  it('spans what an observable does', async () => {
    const values: number[] = [];
    new Shop().stream().subscribe((value) => values.push(value));

    expect([values, await spans('stream')]).toMatchObject([[1, 2, 3], [{ status: 'UNSET' }]]);
  });

  it('works on static methods', async () => {
    expect(Shop.opened()).toBe(true);
    expect(await spans('Shop.opened')).toHaveLength(1);
  });

  it.each([[''], [' '], [7], [null], [[]], [{ name: '' }], [{ attributes: 'article' }], [{ onResult: {} }]])(
    'refuses %o',
    (argument) => {
      expect(() => Traced(argument as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    },
  );

  it('refuses what is not a method', () => {
    const apply = (): unknown => Reflect.decorate([Traced()], Shop.prototype, 'colour', { value: 'red' });

    expect(apply).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

class Kitchen {
  @Counted()
  cook(dish: string): string {
    return dish === 'soup' ? dish : raise();
  }

  @Counted('meals.served', { room: 'garden' })
  async serve(): Promise<string> {
    return 'served';
  }

  @Timed()
  async wash(): Promise<void> {
    await Promise.resolve();
  }

  @Timed('oven.duration', { oven: 'left' })
  bake(): void {
    raise();
  }
}

describe('@Counted and @Timed', () => {
  it('count calls by outcome, with the method in a label by default', async () => {
    const kitchen = new Kitchen();
    kitchen.cook('soup');
    kitchen.cook('soup');
    expect(() => kitchen.cook('stone')).toThrow('burned');

    expect(await points('method.calls')).toEqual([
      { labels: { 'code.function.name': 'Kitchen.cook', outcome: 'error' }, value: 1, type: 'counter' },
      { labels: { 'code.function.name': 'Kitchen.cook', outcome: 'ok' }, value: 2, type: 'counter' },
    ]);
  });

  it('count under a name of their own with labels', async () => {
    await new Kitchen().serve();

    expect(await points('meals.served')).toEqual([
      { labels: { outcome: 'ok', room: 'garden' }, value: 1, type: 'counter' },
    ]);
  });

  it('record seconds until the promise has settled', async () => {
    await new Kitchen().wash();

    const [{ labels, type, unit, value } = {}] = await durations('method.duration');
    expect([labels, type, unit]).toEqual([
      { 'code.function.name': 'Kitchen.wash', outcome: 'ok' },
      'histogram',
      's',
    ]);
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(10);
  });

  it('record failures', async () => {
    expect(() => new Kitchen().bake()).toThrow('burned');

    const [{ labels } = {}] = await durations('oven.duration');
    expect(labels).toEqual({ oven: 'left', outcome: 'error' });
  });

  it.each([
    [7, undefined],
    ['', undefined],
    ['name', []],
    ['name', 'label'],
  ])('refuse %o and %o', (name, labels) => {
    for (const decorator of [Counted, Timed]) {
      expect(() => decorator(name as never, labels as unknown as MetricLabels)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
  });
});

@Injectable()
class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

@Controller('shelf')
class ShelfController {
  @Traced()
  @Counted()
  @Timed()
  @Get('above/:id')
  @UseGuards(NobodyGuard)
  @SetMetadata('roles', ['clerk'])
  decoratorsAbove(@Param('id') id: string): string {
    return id;
  }

  @Get('below/:id')
  @SetMetadata('roles', ['clerk'])
  @Traced()
  @Counted()
  @Timed()
  decoratorsBelow(@Param('id') id: string): string {
    return `${id} ${currentCorrelationId()}`;
  }
}

@Module({ controllers: [ShelfController] })
class ShelfModule {}

describe('the decorators together', () => {
  it('keep name, length, own properties and metadata of the method, in any order', () => {
    const { decoratorsAbove, decoratorsBelow } = ShelfController.prototype;

    const faces = [decoratorsAbove, decoratorsBelow].map((method) => [
      method.name,
      method.length,
      Reflect.getMetadata('roles', method) as unknown,
    ]);

    expect(faces).toEqual([
      ['decoratorsAbove', 1, ['clerk']],
      ['decoratorsBelow', 1, ['clerk']],
    ]);
  });

  it.each(PLATFORMS)(
    'leave routes, parameters and guards on %s as they are, and record into its instance',
    async (platform) => {
      const serviceName = `shelf-${platform}`;
      const module = ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) });
      await using application = await startApplication(
        { module: class AppModule {}, imports: [module, ShelfModule] },
        platform,
      );

      const refused = await fetch(`${application.url}/shelf/above/7`);
      const allowed = await fetch(`${application.url}/shelf/below/7`, {
        headers: { 'x-correlation-id': 'shelf-7' },
      });

      expect([refused.status, await allowed.text()]).toEqual([403, '7 shelf-7']);
      await application.observability.flush();
      const { rows } = await application.observability.store.query(
        `select 'span' as kind, operation_name as name from observability.spans
        where service_name = $1::text and operation_name like 'Shelf%'
       union all
       select 'metric', metric_name from observability.metrics
        where service_name = $1::text and metric_name like 'method.%' order by 1, 2`,
        [serviceName],
      );
      expect(rows).toEqual([
        { kind: 'metric', name: 'method.calls' },
        { kind: 'metric', name: 'method.duration' },
        { kind: 'span', name: 'ShelfController.decoratorsBelow' },
      ]);
    },
  );
});

function raise(): never {
  throw new Error('burned');
}

async function spans(...names: string[]): Promise<Record<string, unknown>[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select operation_name as name, span_id, parent_span_id as parent, status, attributes,
            events->0->'attributes'->>'exception.type' as exception
       from observability.spans where service_name = 'decorators' and operation_name = any($1::text[])
      order by array_position($1::text[], operation_name::text)`,
    [names],
  );
  return rows;
}

async function points(name: string): Promise<Record<string, unknown>[]> {
  return (await durations(name)).map(({ labels, value, type }) => ({ labels, value, type }));
}

async function durations(name: string): Promise<Record<string, unknown>[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select labels, sum(metric_value)::float8 as value, metric_type as type, max(unit) as unit
       from observability.metrics where service_name = 'decorators' and metric_name = $1::text
      group by labels, metric_type order by labels->>'outcome'`,
    [name],
  );
  return rows;
}
