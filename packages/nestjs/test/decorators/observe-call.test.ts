import { Readable } from 'node:stream';
import {
  BehaviorSubject,
  EMPTY,
  firstValueFrom,
  lastValueFrom,
  map,
  NEVER,
  of,
  Subject,
  throwError,
  toArray,
} from 'rxjs';
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CallObserver } from '../../src/decorators/call-observer.ts';
import { observeCall } from '../../src/decorators/observe-call.ts';

describe('observeCall', () => {
  it('is over when a plain value is answered', () => {
    const { events, observer } = recorder();

    const result = observeCall(() => 7, observer);

    expect([result, events]).toEqual([7, ['run', 'succeed: 7']]);
  });

  it('fails with what is thrown, and throws it', () => {
    const { events, observer } = recorder();
    const error = new Error('no');

    expect(() => observeCall(() => raise(error), observer)).toThrow(error);
    expect(events).toEqual(['run', 'fail: Error: no']);
  });

  it('is over when a promise settles', async () => {
    const { events, observer } = recorder();

    const result = observeCall(async () => 7, observer) as Promise<number>;
    const before = [...events];

    expect([before, await result, events]).toEqual([['run'], 7, ['run', 'succeed: 7']]);
  });

  it('fails when a promise rejects, also without a reason', async () => {
    const { events, observer } = recorder();

    await expect(observeCall(() => Promise.reject(undefined), observer)).rejects.toBeUndefined();
    expect(events).toEqual(['run', 'fail: undefined']);
  });

  it('is over when an observable completes, and runs it in the context of the call', async () => {
    const { events, observer } = recorder();

    const result = observeCall(() => of(1, 2).pipe(toArray()), observer) as Observable<unknown>;
    const before = [...events];

    expect([before, await lastValueFrom(result), events]).toEqual([
      ['run'],
      [1, 2],
      ['run', 'run', 'succeed: 1,2'],
    ]);
  });

  it('fails when an observable does', async () => {
    const { events, observer } = recorder();
    const result = observeCall(() => throwError(() => new Error('lost')), observer) as Observable<unknown>;

    await expect(lastValueFrom(result)).rejects.toThrow('lost');

    expect(events.slice(0, 3)).toEqual(['run', 'run', 'fail: Error: lost']);
  });

  it('is over when nobody listens to an observable any more', () => {
    const { events, observer } = recorder();

    (observeCall(() => NEVER, observer) as typeof NEVER).subscribe().unsubscribe();

    expect(events).toEqual(['run', 'run', 'leave']);
  });

  it('observes a pipe over a subject, and leaves a subject itself alone', async () => {
    const subject = new Subject<number>();
    const behaviour = new BehaviorSubject(1);
    const piped = recorder();
    const given = recorder();

    const result = observeCall(
      () => subject.pipe(map((value) => value * 2)),
      piped.observer,
    ) as Subject<number>;
    const value = firstValueFrom(result);
    subject.next(21);

    expect([await value, piped.events]).toEqual([42, ['run', 'run', 'leave']]);
    expect([subject, behaviour].map((each) => observeCall(() => each, given.observer))).toEqual([
      subject,
      behaviour,
    ]);
    expect(observeCall(() => EMPTY, given.observer)).not.toBe(EMPTY);
  });

  it('is over when an async generator is run through, and each step runs in the context of the call', async () => {
    const { events, observer } = recorder();

    const result = observeCall(async function* () {
      yield 1;
      yield 2;
    }, observer) as AsyncGenerator<number>;
    const values: number[] = [];
    for await (const value of result) {
      values.push(value);
    }

    expect([values, events]).toEqual([
      [1, 2],
      ['run', 'run', 'run', 'run', 'succeed: undefined'],
    ]);
  });

  it('is over when a generator is left early, or fails', () => {
    const left = recorder();
    const failed = recorder();

    for (const _ of observeCall(counting, left.observer) as Generator<number>) {
      break;
    }
    const generator = observeCall(counting, failed.observer) as Generator<number>;
    generator.next();

    expect(() => generator.throw(new Error('stop'))).toThrow('stop');
    expect(left.events).toEqual(['run', 'run', 'run', 'leave']);
    expect(failed.events).toEqual(['run', 'run', 'run', 'fail: Error: stop']);
  });

  it('does not begin the work of something that begins when it is awaited, and lets it be itself', async () => {
    const { events, observer } = recorder();
    const query = new LazyQuery();

    const result = observeCall(() => query, observer) as LazyQuery;
    const before = [result === query, result.limit(5) === query, query.runs, ...events];
    const rows = await result;

    expect(before).toEqual([true, true, 0, 'run']);
    expect([rows, query.runs, events]).toEqual([['row of 5'], 1, ['run', 'run', 'succeed: row of 5']]);
  });

  it('answers a frozen thenable as it is', () => {
    const { events, observer } = recorder();
    const frozen = Object.freeze(new LazyQuery());

    expect([observeCall(() => frozen, observer) === frozen, events]).toEqual([true, ['run', 'leave']]);
  });
});

describe('observeCall of an async iterable that no generator made', () => {
  it('is over when the iterator it makes is run through, each step in the context of the call', async () => {
    const { events, observer } = recorder();
    const pages = { size: 2, [Symbol.asyncIterator]: () => countdown(2) };

    const result = observeCall(() => pages, observer) as typeof pages;
    const before = [...events];
    const values: number[] = [];
    for await (const value of result) {
      values.push(value);
    }

    expect([result === pages, before, values]).toEqual([true, ['run'], [2, 1]]);
    expect(events).toEqual(['run', 'run', 'run', 'run', 'run', 'succeed: lift-off']);
  });

  it('is over when an iterator is left, and keeps its private fields and further methods', async () => {
    const { events, observer } = recorder();
    const cursor = new Cursor();

    const result = observeCall(() => cursor, observer) as Cursor;
    for await (const _ of result) {
      break;
    }

    expect([result === cursor, cursor.isClosed(), events]).toEqual([
      true,
      true,
      ['run', 'run', 'run', 'leave'],
    ]);
  });

  it('fails when a step does', async () => {
    const { events, observer } = recorder();
    const broken = { next: () => Promise.reject(new Error('cut')), [Symbol.asyncIterator]: () => broken };

    const result = observeCall(() => broken, observer) as typeof broken;

    await expect(result.next()).rejects.toThrow('cut');
    expect(events).toEqual(['run', 'run', 'fail: Error: cut']);
  });

  it('leaves streams and frozen iterables as they are', async () => {
    const { events, observer } = recorder();
    const answers = [
      Readable.from(['a']),
      new ReadableStream(),
      Object.freeze({ [Symbol.asyncIterator]: () => countdown(1) }),
    ];

    const results = answers.map((answer) => observeCall(() => answer, observer));

    expect(results.every((result, index) => result === answers[index])).toBe(true);
    expect(events.map((event) => event.split(':')[0])).toEqual([
      'run',
      'succeed',
      'run',
      'succeed',
      'run',
      'leave',
    ]);
  });
});

class Cursor implements AsyncIterableIterator<number> {
  #isClosed = false;

  async next(): Promise<IteratorResult<number>> {
    return this.#isClosed ? { done: true, value: undefined } : { done: false, value: 1 };
  }

  async return(): Promise<IteratorResult<number>> {
    this.#isClosed = true;
    return { done: true, value: undefined };
  }

  isClosed(): boolean {
    return this.#isClosed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function countdown(from: number): AsyncIterator<number, string> {
  let left = from;
  return {
    next: async () => (left === 0 ? { done: true, value: 'lift-off' } : { done: false, value: left-- }),
  };
}

class LazyQuery implements PromiseLike<string[]> {
  runs = 0;
  #limit = 0;

  limit(count: number): this {
    this.#limit = count;
    return this;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- query builders are like that
  then<A = string[], B = never>(
    onValue?: ((rows: string[]) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.runs += 1;
    return Promise.resolve([`row of ${this.#limit}`]).then(onValue, onError);
  }
}

function* counting(): Generator<number> {
  yield 1;
  yield 2;
}

function raise(error: Error): never {
  throw error;
}

function recorder(): { events: string[]; observer: CallObserver } {
  const events: string[] = [];
  const observer: CallObserver = {
    run: (work) => {
      events.push('run');
      return work();
    },
    succeed: (result) => events.push(`succeed: ${String(result)}`),
    leave: () => events.push('leave'),
    fail: (error) => events.push(`fail: ${String(error)}`),
  };
  return { events, observer };
}
