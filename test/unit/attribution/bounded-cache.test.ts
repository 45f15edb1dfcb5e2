import { expect, it } from 'vitest';
import { BoundedCache } from '../../../src/attribution/bounded-cache.js';

it('makes a value once and forgets the least recently used', () => {
  const made: string[] = [];
  const cache = new BoundedCache<string, { name: string }>(2);
  const get = (name: string) =>
    cache.get(name, () => {
      made.push(name);
      return { name };
    });
  expect(get('a')).toBe(get('a'));
  get('b');
  get('a');
  get('c'); // b goes
  get('a');
  get('b');
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});
