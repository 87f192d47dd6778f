import { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { holdEmitterBinding } from '../../src/http/emitter-binding.ts';

const originalWriteHead = ServerResponse.prototype.writeHead;
const releases: (() => void)[] = [];
afterEach(() => releases.splice(0).forEach((release) => release()));

function hold(): () => void {
  const release = holdEmitterBinding();
  releases.push(release);
  return release;
}

function isUntouched(): boolean {
  return (
    IncomingMessage.prototype.emit === EventEmitter.prototype.emit &&
    ServerResponse.prototype.emit === EventEmitter.prototype.emit &&
    ServerResponse.prototype.writeHead === originalWriteHead
  );
}

it('is on the prototypes until the last holder lets go, however often each does', () => {
  const before = isUntouched();
  const first = hold();
  const second = hold();

  first();
  first();
  const whileHeld = isUntouched();
  second();

  expect([before, whileHeld, isUntouched()]).toEqual([true, false, true]);
});

it('leaves what somebody else has put over it, which goes on working', () => {
  const release = hold();
  const ours = IncomingMessage.prototype.emit;
  const seen: unknown[] = [];
  IncomingMessage.prototype.emit = function emit(
    this: IncomingMessage,
    ...args: Parameters<EventEmitter['emit']>
  ) {
    seen.push(args[0]);
    return ours.apply(this, args);
  };
  const theirs = IncomingMessage.prototype.emit;

  release();
  const message = new IncomingMessage(undefined as never);
  message.on('custom', (value) => seen.push(value));
  message.emit('custom', 7);
  const kept = IncomingMessage.prototype.emit === theirs;
  Reflect.deleteProperty(IncomingMessage.prototype, 'emit');

  expect({ kept, seen }).toEqual({ kept: true, seen: ['custom', 7] });
  expect(isUntouched()).toBe(true);
});

it('goes around what another tool has put there before, and leaves it there', () => {
  const seen: string[] = [];
  const theirs = function emit(this: ServerResponse, ...args: Parameters<EventEmitter['emit']>): boolean {
    seen.push(String(args[0]));
    return EventEmitter.prototype.emit.apply(this, args);
  };
  ServerResponse.prototype.emit = theirs as typeof ServerResponse.prototype.emit;
  const release = hold();
  const response = new ServerResponse(new IncomingMessage(undefined as never));
  response.on('custom', () => seen.push('listener'));

  response.emit('custom');
  release();
  const kept: unknown = ServerResponse.prototype.emit;
  Reflect.deleteProperty(ServerResponse.prototype, 'emit');

  expect({ isKept: kept === theirs, seen }).toEqual({ isKept: true, seen: ['custom', 'listener'] });
});

it('is held again while somebody else still has theirs over the first', () => {
  const first = hold();
  const ours = ServerResponse.prototype.emit;
  let calls = 0;
  ServerResponse.prototype.emit = function emit(
    this: ServerResponse,
    ...args: Parameters<EventEmitter['emit']>
  ) {
    calls += 1;
    return ours.apply(this, args);
  } as typeof ServerResponse.prototype.emit;
  first();
  hold();

  new ServerResponse(new IncomingMessage(undefined as never)).emit('custom');
  releases.splice(0).forEach((release) => release());
  Reflect.deleteProperty(ServerResponse.prototype, 'emit');

  expect(calls).toBe(1);
  expect(isUntouched()).toBe(true);
});

it('passes on at once for a message that is none of our requests', () => {
  hold();
  const message = new IncomingMessage(undefined as never);
  const seen: unknown[] = [];
  message.on('custom', (...args) => seen.push(args));

  const answers = [message.emit('custom', 1, undefined), message.emit('nobody listens')];

  expect({ answers, seen }).toEqual({ answers: [true, false], seen: [[1, undefined]] });
});
