import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkNamespaces, requires, root } from '../../support/capabilities.ts';
import type { LinkQuestion } from '../../support/link-questions-process.ts';
import { privateHost, type TestHost } from '../../support/private-host.ts';

const program = fileURLToPath(new URL('../../support/link-questions-process.ts', import.meta.url));
const namespace = 'link-state';

describe('what is asked of the kernel without ip(8)', requires(root, networkNamespaces), () => {
  let host: TestHost;
  const ask = async (...questions: readonly LinkQuestion[]): Promise<readonly unknown[]> =>
    JSON.parse((await host.run([process.execPath, '--conditions=neutrino-source', program, JSON.stringify(questions)])).stdout) as readonly unknown[];

  beforeAll(async () => {
    host = await privateHost();
    await host.run(['ip', 'netns', 'add', namespace]);
    const lines = ['link add one type veth peer name two', 'link set one up', 'link set two up', 'address add 10.9.0.2/24 dev one', 'address add fd09::2/64 dev one nodad'];
    await host.run(['ip', '-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  });
  afterAll(() => host[Symbol.asyncDispose]());

  test('a device that is there has an MTU and is up or down; of one that is not there nothing is told', async () => {
    await host.run(['ip', 'link', 'add', 'low0', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'low1']);
    expect(await ask({ link: 'lo' }, { link: 'low0' }, { link: 'no-such-device' })).toEqual([{ mtu: 65_536, up: true }, { mtu: 1400, up: false }, null]);
  });

  test.each([
    [4, '10.9.0.1'],
    [6, 'fd09::1'],
  ] as const)('a default route of IPv%i is seen on its device and on no other', async (version, gateway) => {
    const [one, two] = ['one', 'two'].map((device) => ({ routeIn: namespace, device, version })) as [LinkQuestion, LinkQuestion];
    expect(await ask(one)).toEqual([false]);
    await host.run(['ip', '-n', namespace, 'route', 'add', 'default', 'via', gateway, 'dev', 'one']);
    expect(await ask(one, two)).toEqual([true, false]);
    await host.run(['ip', '-n', namespace, `-${version}`, 'route', 'delete', 'default']);
    expect(await ask(one)).toEqual([false]);
  });
});
