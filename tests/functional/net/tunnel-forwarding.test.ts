import { changeTunnelForwarding } from '@neutrino/agent/linux/tunnel-forwarding';
import { run } from '@neutrino/agent/privileged/run';
import { expect, test } from 'vitest';
import { linkType, requires, root } from '../../support/capabilities.ts';

test('a neighbour of IPv6 that the device refuses keeps no other from being noted', requires(root, linkType('vxlan')), async () => {
  // In the namespace of the test's own machine it has a name that nobody else takes.
  const device = `vxt-${process.pid}`;
  await run(['ip', 'link', 'add', device, 'type', 'vxlan', 'id', String(process.pid & 0xffffff), 'dstport', '14789', 'proxy']);
  try {
    await run(['sysctl', '-qw', `net.ipv6.conf.${device}.disable_ipv6=1`]);
    await run(['ip', 'link', 'set', device, 'up']);
    await changeTunnelForwarding([
      { kind: 'answer', device, ip: 'fd00:9::9', mac: 'fa:16:3e:00:00:09' },
      { kind: 'answer', device, ip: '10.9.0.9', mac: 'fa:16:3e:00:00:09' },
    ]);
    expect((await run(['ip', 'neighbour', 'show', 'dev', device, 'nud', 'permanent'])).stdout).toContain('10.9.0.9 lladdr fa:16:3e:00:00:09');
  } finally {
    await run(['ip', 'link', 'delete', device]);
  }
});
