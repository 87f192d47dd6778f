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

it('passes on at once for a message that is none of our requests', () => {
  hold();
  const message = new IncomingMessage(undefined as never);
  const seen: unknown[] = [];
  message.on('custom', (...args) => seen.push(args));

  const answers = [message.emit('custom', 1, undefined), message.emit('nobody listens')];

  expect({ answers, seen }).toEqual({ answers: [true, false], seen: [[1, undefined]] });
});
