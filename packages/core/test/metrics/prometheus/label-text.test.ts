import { expect, it } from 'vitest';
import { escapeLine, toLabelText } from '../../../src/metrics/prometheus/label-text.ts';

it.each<[labels: Record<string, string>, text: string, isJoined: boolean]>([
  [{}, '', false],
  [{ b: '2', a: '1' }, 'a="1",b="2"', false],
  [{ route: '/a', empty: '' }, 'route="/a"', false],
  [{ path: 'C:\\dir', said: '"hi"\nthere' }, 'path="C:\\\\dir",said="\\"hi\\"\\nthere"', false],
  [{ a_b: 'second', 'a.b': 'first', 'a-b': '' }, 'a_b="first;second"', true],
  [{ x: 'ü 注文 \u{1f600} \ufffd\t\r' }, 'x="ü 注文 \u{1f600} \ufffd\t\r"', false],
  [JSON.parse('{ "__proto__": "1" }') as Record<string, string>, '_proto_="1"', false],
])('makes of %j %s', (labels, text, isJoined) => {
  expect(toLabelText(labels)).toEqual({ text, isJoined });
});

it('is equal for equal labels, also where names change their order by being made valid', () => {
  expect(toLabelText({ 'a.z': '1', ab: '2' })).toEqual(toLabelText({ ab: '2', a_z: '1' }));
});

it('keeps quotes of help, and makes one line of it', () => {
  expect(escapeLine('say "a\\b"\n# TYPE x counter')).toBe('say "a\\\\b"\\n# TYPE x counter');
});
