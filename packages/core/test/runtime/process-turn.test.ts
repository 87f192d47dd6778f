import { expect, it } from 'vitest';
import { takeProcessTurn } from '../../src/runtime/process-turn.ts';

it('lets one record at a time, in the order they came, and forgets who leaves early or twice', () => {
  const steps: string[] = [];
  const join = (name: string): (() => void) =>
    takeProcessTurn({ begin: () => steps.push(`${name} begins`), end: () => steps.push(`${name} ends`) });

  const leaveFirst = join('first');
  const leaveSecond = join('second');
  const leaveThird = join('third');
  leaveSecond();
  leaveFirst();
  leaveFirst();
  leaveSecond();
  leaveThird();

  expect(steps).toEqual(['first begins', 'first ends', 'third begins', 'third ends']);
});
