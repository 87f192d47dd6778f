// S1: what we add to the CPU of an Express 5 request. S1n: the same on NestJS 12.
import { measureRequests } from './measure-requests.mjs';

const STOCK = 'NodeSDK, http + express';
const STOCK_NEST = 'NodeSDK, http + express + nestjs-core';
const STOCK_FASTIFY = 'NodeSDK, http + @fastify/otel';

// V8 compiles what is called often again and again: only after some ten thousand requests does the cost of one stay the same.
function planOf(framework, variants, quick) {
  return quick
    ? { framework, variants, warmUpRequests: 10_000, requests: 2_000, rounds: 5, processes: 1 }
    : { framework, variants, warmUpRequests: 40_000, requests: 4_000, rounds: 7, processes: 2 };
}

function toRow(what, result, peerName, ratioAtMost) {
  return {
    what,
    ours: result.ours.added,
    peer: result.stock.added,
    peerName,
    unit: 'µs',
    ratioAtMost,
  };
}

/** Spans of a request by each variant of stock; ours is one. */
function describeSpans(stockSpans) {
  return Object.entries(stockSpans)
    .map(([variant, spans]) => `${variant} makes ${spans.toFixed(1)} spans a request`)
    .join(', ');
}

function describe(name, { stockSpans, ...variants }) {
  const parts = Object.entries(variants).map(([variant, { cpu }]) => `${variant} ${cpu.toFixed(1)}`);
  return `${name}: CPU of the server per request: ${parts.join(', ')} µs; ${describeSpans(stockSpans)}.`;
}

export async function expressRequestCost({ quick }) {
  const variants = ['bare', 'ours', 'unadopted', 'stock', 'bundle'];
  const result = await measureRequests(planOf('express', variants, quick));
  const { ours, unadopted, stock, bundle } = result;
  return {
    rows: [
      toRow('CPU added to an Express 5 request', result, STOCK, 0.2),
      toRow('the same, adoptPrototypes: false', { ours: unadopted, stock }, STOCK),
      toRow('the same as the first', { ours, stock: bundle }, 'express-prom-bundle + cls-rtracer'),
    ],
    details: [describe('S1', result)],
  };
}

export async function nestRequestCost({ quick }) {
  const onExpress = await measureRequests(planOf('nest-express', ['bare', 'ours', 'stock'], quick));
  const fastifyVariants = ['bare', 'ours', 'stock', 'stockLean', 'stockHttp'];
  const onFastify = await measureRequests(planOf('nest-fastify', fastifyVariants, quick));
  const { ours, stockLean, stockHttp } = onFastify;
  return {
    rows: [
      toRow('CPU added to a NestJS 12 request, Express', onExpress, STOCK_NEST, 0.25),
      toRow('CPU added to a NestJS 12 request, Fastify', onFastify, STOCK_FASTIFY, 0.25),
      toRow('the same', { ours, stock: stockLean }, `${STOCK_FASTIFY} without hooks and handlers`),
      toRow('the same', { ours, stock: stockHttp }, 'NodeSDK, http alone: no route'),
    ],
    details: [describe('S1n on Express', onExpress), describe('S1n on Fastify', onFastify)],
  };
}
