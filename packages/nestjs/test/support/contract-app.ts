import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpException,
  Inject,
  Param,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Observability } from '@pg-observability/core';
import { HttpContractHandlers } from '@pg-observability/testkit';
import type { HttpContractApp, HttpContractOptions } from '@pg-observability/testkit';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { OBSERVABILITY, ObservabilityModule } from '../../src/index.ts';
import { createAdapter } from './platform.ts';
import type { Platform } from './platform.ts';

// Express hands handlers what node:http made; Fastify wraps it.
type Wrapped<Raw> = Raw | { raw: Raw };

@Controller()
class ContractController {
  readonly #handlers: HttpContractHandlers;

  constructor(@Inject(HttpContractHandlers) handlers: HttpContractHandlers) {
    this.#handlers = handlers;
  }

  @Get(['plain', 'orders/:orderId', 'u/:id/books/:b/deep/:z'])
  context(): unknown {
    return this.#handlers.context();
  }

  @Get('later')
  later(): unknown {
    return this.#handlers.later();
  }

  @Get('inner')
  inner(): unknown {
    return this.#handlers.inner();
  }

  @Get('gated')
  gated(): unknown {
    return this.#handlers.gated();
  }

  @Post('echo')
  @HttpCode(200)
  echo(@Body() body: unknown): unknown {
    return this.#handlers.echo(body);
  }

  @Post('upload')
  @HttpCode(200)
  upload(@Req() request: Wrapped<IncomingMessage>): unknown {
    return this.#handlers.upload(unwrap(request));
  }

  @Get('fail')
  fail(): unknown {
    return this.#handlers.fail();
  }

  @Get('reject')
  reject(): unknown {
    return this.#handlers.reject();
  }

  @Get('refuse')
  refuse(): unknown {
    try {
      return this.#handlers.refuse();
    } catch (cause) {
      throw new HttpException('short and stout', 418, { cause });
    }
  }

  @Get('status/:code')
  status(@Res() response: Wrapped<ServerResponse>, @Param('code') code: string): void {
    this.#handlers.status(unwrap(response), Number(code));
  }

  @Get('listen')
  listen(@Res() response: Wrapped<ServerResponse>): void {
    this.#handlers.listen(unwrap(response));
  }

  @Get('stream')
  stream(@Res() response: Wrapped<ServerResponse>): void {
    this.#handlers.stream(unwrap(response));
  }

  @Get('hang')
  hang(@Res() response: Wrapped<ServerResponse>): void {
    this.#handlers.hang(unwrap(response));
  }
}

/** Opens the application of the HTTP contract on a platform of Nest. */
export async function openContractApp(
  platform: Platform,
  { observability, handlers }: HttpContractOptions,
): Promise<HttpContractApp> {
  const module = {
    module: class ContractModule {},
    imports: [ObservabilityModule.forRoot(observability)],
    controllers: [ContractController],
    providers: [{ provide: HttpContractHandlers, useValue: handlers }],
  };
  const options: NestApplicationOptions = { logger: false, abortOnError: false, forceCloseConnections: true };
  const adapter = createAdapter(platform);
  const app = await NestFactory.create(module, adapter, options);
  if (platform === 'fastify') {
    leaveBodiesUnread(adapter);
  }
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    observability: app.get<Observability>(OBSERVABILITY),
    close: () => app.close(),
  };
}

function unwrap<Raw extends object>(wrapped: Wrapped<Raw>): Raw {
  return 'raw' in wrapped ? wrapped.raw : wrapped;
}

// Fastify answers 415 to a content type without a parser; Express leaves the body to the handler.
function leaveBodiesUnread(adapter: AbstractHttpAdapter): void {
  const fastify = adapter.getInstance<{
    addContentTypeParser(
      type: string,
      parse: (request: unknown, payload: unknown, done: (error: null) => void) => void,
    ): void;
  }>();
  fastify.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
}
