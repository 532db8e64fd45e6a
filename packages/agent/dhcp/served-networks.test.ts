import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { DhcpNetwork } from '@neutrino/lib/rpc/payloads';
import { createServedNetworks, type ServedNetworks } from './served-networks.ts';

const ID = '11111111-1111-1111-1111-111111111111';
const network: DhcpNetwork = { id: ID, tenant_id: 'p', admin_state_up: true, mtu: 1500, subnets: [], non_local_subnets: [], ports: [] };

/** Only what it takes note of is looked at here: neither server nor kernel is asked. */
function servedNetworks(): ServedNetworks {
  const notAsked = (): never => {
    throw new Error('no pass was to be made');
  };
  return createServedNetworks({
    rpc: { getActiveNetworksInfo: notAsked, getNetworkInfo: notAsked, createDhcpPort: notAsked, updateDhcpPort: notAsked, releaseDhcpPort: notAsked, dhcpReadyOnPorts: notAsked },
    service: { prepare: notAsked, apply: notAsked, remove: notAsked, forget: notAsked },
    ready: { add: notAsked, [Symbol.asyncDispose]: async () => undefined },
    deviceId: (id) => `dhcp-${id}`,
    retries: { later: notAsked, succeeded: notAsked },
    log: pino({ level: 'silent' }),
  });
}

test('a port that changes while the first answer is on its way does not make its network one that is not served', () => {
  const networks = servedNetworks();
  const fetch = networks.beginFetch();
  networks.portChanged(ID, 'port');
  networks.touched(ID);
  expect(fetch.end([network], [ID])).toEqual([ID]);
  // Only what is served is touched.
  expect(networks.touched(ID)).toBe(ID);
});

test('that a network came or went while the answer was on its way counts for more than the answer', () => {
  const networks = servedNetworks();
  const first = networks.beginFetch();
  networks.changed(ID);
  first.end([], []);
  expect(networks.touched(ID)).toBe(ID);
  const second = networks.beginFetch();
  networks.removed(ID);
  second.end([network], []);
  expect(networks.touched(ID)).toBeUndefined();
});
