import 'reflect-metadata';
import { Controller, Get, Inject, Injectable, Module, Param, SetMetadata } from '@nestjs/common';
import type { Observability } from '@pg-observability/core';
import { createObservability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule, Traced } from '../../src/index.ts';
import { startApplication } from '../support/start-application.ts';

const database = await testDatabase();
let observability: Observability;

beforeAll(() => {
  observability = createObservability({ serviceName: 'classes', store: postgresStore(database.url) });
});
afterAll(() => observability.shutdown());

class Base {
  inherited(): string {
    return 'of the base';
  }
}

@Traced({ attributes: (args) => ({ first: args[0] }) })
class Depot extends Base {
  get stock(): number {
    return 7;
  }

  @Traced('own name')
  named(): string {
    return 'named';
  }

  async pick(article: string): Promise<string> {
    return `${article} ${this.named()}`;
  }

  static opened(): boolean {
    return true;
  }
}

@Traced('annex')
class Annex extends Depot {
  override async pick(article: string): Promise<string> {
    return `${await super.pick(article)} twice`;
  }
}

describe('@Traced on a class', () => {
  it('spans the methods it declares: no accessor, static or inherited method, and none twice', async () => {
    const depot = new Depot();

    const answers = [await depot.pick('tea'), depot.inherited(), depot.stock, Depot.opened()];

    const [outer, inner, ...others] = await takeSpans();
    expect([answers, others]).toEqual([['tea named', 'of the base', 7, true], []]);
    expect([outer, inner]).toMatchObject([
      { name: 'Depot.pick', attributes: { first: 'tea' } },
      { name: 'own name', attributes: {}, parent: outer?.['span_id'] },
    ]);
  });

  it('spans an inherited method once, as the class that declares it says', async () => {
    await new Annex().pick('tea');

    const spans = await takeSpans();
    expect(spans.map(({ name }) => name)).toEqual(['annex.pick', 'Depot.pick', 'own name']);
  });

  it.each([[undefined], [{}], [() => undefined]])('refuses %o', (target) => {
    expect(() => Traced()(target as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('keeps routes, parameters, metadata and injection of controllers and services', async () => {
    const module = ObservabilityModule.forRoot({
      serviceName: 'parcels',
      store: postgresStore(database.url),
    });
    await using application = await startApplication(
      { module: class AppModule {}, imports: [module, ParcelsModule] },
      'express',
    );

    const answer = await fetch(`${application.url}/parcels/7`);

    expect(await answer.text()).toBe('parcel 7');
    expect(Reflect.getMetadata('roles', ParcelsController.prototype.find)).toEqual(['clerk']);
    await application.observability.flush();
    const { rows } = await application.observability.store.query(
      `select operation_name as name from observability.spans where service_name = 'parcels' order by start_time, duration_ns desc`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'GET /parcels/:id',
      'ParcelsController.find',
      'ParcelsService.find',
    ]);
  });
});

@Traced()
@Injectable()
class ParcelsService {
  find(id: string): string {
    return `parcel ${id}`;
  }
}

@Controller('parcels')
@Traced()
class ParcelsController {
  readonly #parcels: ParcelsService;

  constructor(@Inject(ParcelsService) parcels: ParcelsService) {
    this.#parcels = parcels;
  }

  @Get(':id')
  @SetMetadata('roles', ['clerk'])
  find(@Param('id') id: string): string {
    return this.#parcels.find(id);
  }
}

@Module({ controllers: [ParcelsController], providers: [ParcelsService] })
class ParcelsModule {}

class Till {
  @Traced({ onResult: (total: number) => ({ total }) })
  async sum(...prices: number[]): Promise<number> {
    return prices.reduce((total, price) => total + price, 0);
  }

  @Traced({ name: 'observable', onResult: (last) => ({ last }) })
  observable(): Observable<number> {
    return new Observable((subscriber) => {
      this.inner();
      subscriber.next(1);
      subscriber.next(2);
      subscriber.complete();
    });
  }

  @Traced({ name: 'generator', onResult: (last) => ({ last }) })
  async *generator(): AsyncGenerator<number, string> {
    yield 1;
    this.inner();
    return 'end';
  }

  @Traced()
  inner(): void {}

  @Traced({
    onResult: () => {
      throw new Error('not today');
    },
  })
  describedBadly(): number {
    return 7;
  }
}

describe('@Traced with onResult', () => {
  it('puts on the span what the function makes of what a promise resolved to', async () => {
    expect(await new Till().sum(1, 2)).toBe(3);
    expect(await takeSpans()).toMatchObject([{ name: 'Till.sum', attributes: { total: 3 } }]);
  });

  it('is given the last value of an observable, whose work is a child', async () => {
    new Till().observable().subscribe();

    const [outer, inner] = await takeSpans();
    expect(outer).toMatchObject({ name: 'observable', attributes: { last: 2 } });
    expect(inner).toMatchObject({ name: 'Till.inner', parent: outer?.['span_id'] });
  });

  it('is given the return value of a generator, whose steps have children', async () => {
    const generator = new Till().generator();
    const steps = [await generator.next(), await generator.next()];

    const [outer, inner] = await takeSpans();
    expect(steps).toEqual([
      { done: false, value: 1 },
      { done: true, value: 'end' },
    ]);
    expect(outer).toMatchObject({ name: 'generator', attributes: { last: 'end' } });
    expect(inner).toMatchObject({ name: 'Till.inner', parent: outer?.['span_id'] });
  });

  it('ends the span and answers the result when the function throws', async () => {
    expect(new Till().describedBadly()).toBe(7);
    expect(await takeSpans()).toMatchObject([
      { name: 'Till.describedBadly', status: 'UNSET', attributes: {} },
    ]);
  });
});

/** The spans since the last call, in the order they began. */
async function takeSpans(): Promise<Record<string, unknown>[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `with taken as (delete from observability.spans where service_name = 'classes' returning *)
     select operation_name as name, span_id, parent_span_id as parent, status, attributes
       from taken order by start_time, duration_ns desc`,
  );
  return rows;
}
