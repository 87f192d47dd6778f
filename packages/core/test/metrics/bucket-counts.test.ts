import { createRandom } from '@pg-observability/testkit';
import { expect, it } from 'vitest';
import { BucketCounts } from '../../src/metrics/bucket-counts.ts';

it.each([1, 2, 3])('counts as a map does, wherever the buckets are (seed %i)', (seed) => {
  const random = createRandom(seed);
  const counts = new BucketCounts();
  for (let window = 0; window < 20; window += 1) {
    const expected = new Map<number, number>();
    const centre = Math.floor((random() - 0.5) * 60_000);
    for (let i = 0; i < 2_000; i += 1) {
      const isFar = random() < 0.02;
      const index = Math.floor(
        isFar ? (random() - 0.5) * 70_000 : centre + (random() - 0.5) * 1_500 * random(),
      );
      counts.add(index);
      expected.set(index, (expected.get(index) ?? 0) + 1);
    }

    expect(counts.entries()).toEqual([...expected].toSorted(([left], [right]) => left - right));
    expect(counts.size).toBe(expected.size);
    counts.clear();
    expect([counts.size, counts.entries()]).toEqual([0, []]);
  }
});
