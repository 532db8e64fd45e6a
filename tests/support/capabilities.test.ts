import { describe, expect, test } from 'vitest';
import { command, linkType, requires, root } from './capabilities.ts';

describe('a capability', () => {
  test('that the machine has skips nothing', () => {
    expect(requires(command('sh'))).toEqual({});
  });

  test('that is missing skips with its reason', () => {
    expect(requires(command('no-such-program'), command('sh'))).toEqual({ skip: true, meta: { skipReason: 'needs the program no-such-program' } });
  });

  test('of the kernel is tried, not guessed', requires(root), () => {
    expect(linkType('bridge').missing()).toBeUndefined();
    expect(linkType('no-such-type').missing()).toBe('needs a kernel with links of type no-such-type');
  });
});
