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
// @ts-expect-error a name is text
Counted(7);
// @ts-expect-error labels are text
Timed('render.duration', { format: { pdf: true } });
