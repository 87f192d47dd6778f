import { afterEach, describe, expect, it } from 'vitest';
import { watchShutdownSignals } from '../src/lifecycle/shutdown-signals.ts';

// Signals that nothing else in a test run listens to.
const SIGNAL = 'SIGUSR2';
const OTHER_SIGNAL = 'SIGHUP';
const EVENTS = [SIGNAL, OTHER_SIGNAL, 'newListener'];
const COUNTS_AT_FIRST = EVENTS.map((event) => process.listenerCount(event));

/** Like the listener of NestApplicationContext, by its name. */
const cleanup = (): void => undefined;
const onSignalOfSomebody = (): void => undefined;

/** Listeners that came since this file was loaded: Node and vitest have some. */
function counts(): number[] {
  return EVENTS.map((event, index) => process.listenerCount(event) - (COUNTS_AT_FIRST[index] ?? 0));
}

describe('watchShutdownSignals', () => {
  afterEach(() => {
    process.off(SIGNAL, cleanup).off(OTHER_SIGNAL, onSignalOfSomebody);
  });

  it('listens to no signal that Nest does not listen to: a listener would keep the process alive', () => {
    process.on(OTHER_SIGNAL, onSignalOfSomebody);
    const watch = watchShutdownSignals(() => undefined);

    const [before, enabled] = [counts(), watch.isEnabled];
    watch.stop();

    expect([before, enabled, counts()]).toEqual([[0, 1, 1], false, [0, 1, 0]]);
  });

  it.each(['before', 'after'])('listens beside Nest, whose hooks were enabled %s it', (order) => {
    if (order === 'before') {
      process.on(SIGNAL, cleanup);
    }
    const watch = watchShutdownSignals(() => undefined);
    if (order === 'after') {
      process.on(SIGNAL, cleanup);
    }

    const [before, enabled] = [counts(), watch.isEnabled];
    watch.stop();

    expect([before, enabled, counts()]).toEqual([[2, 0, 1], true, [1, 0, 0]]);
  });

  it('tells of the first signal once, and leaves the rest to Nest', () => {
    let told = 0;
    process.on(SIGNAL, cleanup);
    watchShutdownSignals(() => {
      told += 1;
    });

    process.emit(SIGNAL, SIGNAL);
    process.emit(SIGNAL, SIGNAL);

    expect([told, counts()]).toEqual([1, [1, 0, 0]]);
  });

  it('keeps one listener for new listeners, however many applications there are', () => {
    const watches = Array.from({ length: 20 }, () => watchShutdownSignals(() => undefined));

    const before = counts();
    watches.forEach((watch) => watch.stop());

    expect([before, counts()]).toEqual([
      [0, 0, 1],
      [0, 0, 0],
    ]);
  });
});
