// Compiled, never run: each of these must not compile.
import { createObservability } from '@pg-observability/core';
import { Counted, ObservabilityModule, Timed, Traced } from '../src/index.ts';

const observability = createObservability({ serviceName: 'ready' });

// @ts-expect-error a service needs a name
ObservabilityModule.forRoot({});
// @ts-expect-error a ready instance has its name
ObservabilityModule.forRoot({ serviceName: 'orders', observability });
// @ts-expect-error no such probe
ObservabilityModule.forRoot({ serviceName: 'orders', probes: { alive: ['/livez'] } });
// @ts-expect-error a list of paths
ObservabilityModule.forRoot({ serviceName: 'orders', probes: { liveness: '/livez' } });
// @ts-expect-error a factory answers options
ObservabilityModule.forRootAsync({ useFactory: () => ({ service: 'orders' }) });
// @ts-expect-error a class has createObservabilityOptions()
ObservabilityModule.forRootAsync({ useClass: class Options {} });
// @ts-expect-error attributes are plain values
Traced({ attributes: () => ({ work: () => undefined }) });
// @ts-expect-error a result is described by attributes
Traced({ onResult: () => 'sold' });

export class Decorated {
  @Traced({
    attributes: (args) => ({ 'order.id': args[0] }),
    onResult: (result) => ({ 'order.total': result }),
  })
  right(_id: string): number {
    return 7;
  }

  @Traced({ attributes: ([id]: [string]) => ({ id }), onResult: (total: number) => ({ total }) })
  async rightAndNamed(_id: string): Promise<number> {
    return 7;
  }

  // @ts-expect-error the method takes a number
  @Traced({ attributes: ([id]: [string]) => ({ id }) })
  otherArguments(_id: number): void {}

  // @ts-expect-error the method answers text
  @Traced({ onResult: (total: number) => ({ total }) })
  async otherResult(): Promise<string> {
    return 'seven';
  }

  // @ts-expect-error a list of arguments, not one after the other
  @Traced({ attributes: (id: string) => ({ id }) })
  oneByOne(_id: string): void {}

  // @ts-expect-error a property is not called
  @Traced()
  colour = 'red';

  // @ts-expect-error an accessor is not called
  @Counted()
  get size(): number {
    return 7;
  }

  // @ts-expect-error a parameter is not called
  withParameter(@Timed() _id: string): void {}
}

// @ts-expect-error of methods only
@Counted()
export class CountedClass {}

// @ts-expect-error a name is text
Counted(7);
// @ts-expect-error labels are text
Timed('render.duration', { format: { pdf: true } });
