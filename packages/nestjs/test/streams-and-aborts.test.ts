import { Controller, Get, Module, Res, Sse, StreamableFile } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import { currentCorrelationId } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { concatMap, from, NEVER, startWith } from 'rxjs';
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../src/index.ts';
import { PLATFORMS } from './support/platform.ts';
import { startApplication } from './support/start-application.ts';
import type { StartedApplication } from './support/start-application.ts';
import { storedServerSpans } from './support/stored-telemetry.ts';

const database = await testDatabase();

@Controller()
class StreamsController {
  @Sse('ticks')
  ticks(): Observable<MessageEvent> {
    return from([1, 2, 3]).pipe(
      concatMap(async (tick) => {
        await nextTurn();
        return { data: { tick, correlationId: currentCorrelationId() } };
      }),
    );
  }

  @Sse('forever')
  forever(): Observable<MessageEvent> {
    return NEVER.pipe(startWith({ data: 'begun' }));
  }

  @Get('report')
  report(): StreamableFile {
    return new StreamableFile(Readable.from([Buffer.from('one,'), Buffer.from('two')]));
  }

  @Get('endless-report')
  endlessReport(): StreamableFile {
    return new StreamableFile(new Readable({ read: readEndlessly }));
  }

  @Get('never-answered')
  neverAnswered(@Res() _response: unknown): void {
    // The client gives up.
  }

  @Get('by-hand')
  byHand(@Res() response: ServerResponse | { raw: ServerResponse }): void {
    const raw = 'raw' in response ? response.raw : response;
    raw.write(`${currentCorrelationId()},`);
    setImmediate(() => raw.end(currentCorrelationId()));
  }
}

@Module({ controllers: [StreamsController] })
class StreamsModule {}

describe.each(PLATFORMS)('streams on %s', (platform) => {
  it('keeps the context of the request in events that are sent later, and ends the span with the stream', async () => {
    await using application = await start('ticks');

    const response = await fetch(`${application.url}/ticks`, { headers: { 'x-correlation-id': 'sse-1' } });
    const events = (await response.text()).match(/\{.*\}/gu)?.map((json) => JSON.parse(json) as unknown);

    expect(events).toEqual([1, 2, 3].map((tick) => ({ tick, correlationId: 'sse-1' })));
    expect(await outcomes(application)).toEqual([{ name: 'GET /ticks', status_code: 200, status: 'UNSET' }]);
  });

  it('tells a stream that was sent whole as 200', async () => {
    await using application = await start('report');

    const text = await (await fetch(`${application.url}/report`)).text();

    expect(text).toBe('one,two');
    expect(await outcomes(application)).toEqual([{ name: 'GET /report', status_code: 200, status: 'UNSET' }]);
  });

  it('has the context where a handler answers by hand', async () => {
    await using application = await start('by-hand');

    const response = await fetch(`${application.url}/by-hand`, { headers: { 'x-correlation-id': 'raw-1' } });

    expect(await response.text()).toBe('raw-1,raw-1');
  });

  it.each(['/forever', '/endless-report'])('tells a client that leaves amid %s as 499', async (path) => {
    await using application = await start(`abort${path.replace('/', '-')}`);

    const response = await connect(`${application.url}${path}`);
    await once(response, 'readable');
    response.destroy();
    await application.observability.http.untilIdle(10_000);

    expect(await outcomes(application)).toEqual([{ name: `GET ${path}`, status_code: 499, status: 'UNSET' }]);
  });

  it('tells a client that leaves before the answer as 499', async () => {
    await using application = await start('impatient');
    const { http } = application.observability;

    const outgoing = request(`${application.url}/never-answered`).on('error', () => undefined);
    outgoing.end();
    while (http.inFlight === 0) {
      await nextTurn();
    }
    outgoing.destroy();
    await http.untilIdle(10_000);

    expect(await outcomes(application)).toEqual([
      { name: 'GET /never-answered', status_code: 499, status: 'UNSET' },
    ]);
  });

  function start(serviceName: string): Promise<StartedApplication> {
    const observability = ObservabilityModule.forRoot({
      serviceName: `${platform}-${serviceName}`,
      store: postgresStore(database.url),
      shutdown: { drainTimeoutMs: 100 },
    });
    return startApplication(
      { module: class AppModule {}, imports: [observability, StreamsModule] },
      platform,
    );
  }
});

async function outcomes({
  observability,
}: StartedApplication): Promise<{ name: string; status_code: number | null; status: string }[]> {
  const spans = await storedServerSpans(observability);
  return spans.map(({ name, status_code, status }) => ({ name, status_code, status }));
}

async function connect(url: string): Promise<IncomingMessage> {
  const outgoing = request(url).on('error', () => undefined);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response.on('error', () => undefined);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function readEndlessly(this: Readable): void {
  setImmediate(() => this.push(Buffer.alloc(1_024)));
}
