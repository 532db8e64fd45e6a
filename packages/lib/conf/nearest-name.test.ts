import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearestName } from './nearest-name.ts';

test('the distance is a metric on small words', () => {
  const word = fc.stringMatching(/^[ab]{0,5}$/);
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test.each([
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
  ['bind_prot', 'bind_port', 1],
])('from %j to %j it is %d', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test('a name is suggested only where it is near', () => {
  const names = ['bind_port', 'bind_host', 'type_drivers'];
  expect(nearestName('type_driver', names)).toBe('type_drivers');
  expect(nearestName('BIND_HOST', names)).toBe('bind_host');
  expect(nearestName('quota', names)).toBeUndefined();
});
