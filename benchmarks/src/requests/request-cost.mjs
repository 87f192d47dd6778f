// S1: what we add to the CPU of an Express 5 request. S1n: the same on NestJS 12.
import { measureRequests } from './measure-requests.mjs';

const STOCK = 'NodeSDK, http + express';
const STOCK_NEST = 'NodeSDK, http + express + nestjs-core';

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

function describe(name, { stockSpans, ...variants }) {
  const parts = Object.entries(variants).map(([variant, { cpu }]) => `${variant} ${cpu.toFixed(1)}`);
  return `${name}: CPU of the server per request: ${parts.join(', ')} µs; stock makes ${stockSpans.toFixed(1)} spans a request.`;
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
  const onFastify = await measureRequests(planOf('nest-fastify', ['bare', 'ours', 'stock'], quick));
  return {
    rows: [
      toRow('CPU added to a NestJS 12 request, Express', onExpress, STOCK_NEST, 0.25),
      toRow('CPU added to a NestJS 12 request, Fastify', onFastify, STOCK_NEST, 0.25),
    ],
    details: [describe('S1n on Express', onExpress), describe('S1n on Fastify', onFastify)],
  };
}
