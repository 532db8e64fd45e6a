import { hasDefaultRoute, linkState } from '@neutrino/agent/privileged/link-state';
import { run } from '@neutrino/agent/privileged/run';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkNamespaces, requires, root } from '../../support/capabilities.ts';

const namespace = `link-state-${process.pid}`;

describe('what is asked of the kernel without ip(8)', requires(root, networkNamespaces), () => {
  beforeAll(async () => {
    await run(['ip', 'netns', 'add', namespace]);
    const lines = ['link add one type veth peer name two', 'link set one up', 'link set two up', 'address add 10.9.0.2/24 dev one', 'address add fd09::2/64 dev one nodad'];
    await run(['ip', '-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  });
  afterAll(() => run(['ip', 'netns', 'delete', namespace]));

  test('a device that is there has an MTU and is up or down; of one that is not there nothing is told', () => {
    expect(linkState('lo')).toMatchObject({ mtu: expect.any(Number), up: expect.any(Boolean) });
    expect(linkState('no-such-device')).toBeNull();
  });

  test.each([
    [4, '10.9.0.1'],
    [6, 'fd09::1'],
  ] as const)('a default route of IPv%i is seen on its device and on no other', async (version, gateway) => {
    expect(hasDefaultRoute(namespace, 'one', version)).toBe(false);
    await run(['ip', '-n', namespace, 'route', 'add', 'default', 'via', gateway, 'dev', 'one']);
    expect([hasDefaultRoute(namespace, 'one', version), hasDefaultRoute(namespace, 'two', version)]).toEqual([true, false]);
    await run(['ip', '-n', namespace, `-${version}`, 'route', 'delete', 'default']);
    expect(hasDefaultRoute(namespace, 'one', version)).toBe(false);
  });
});
