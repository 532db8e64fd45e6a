import { type ActualRouter, STATIC } from '@neutrino/agent/l3/actual-router';
import type { RouterPlan } from '@neutrino/agent/l3/plan-router';

/** What the kernel has where it has all that is planned, and nothing else. */
export function actualAsPlanned({ devices, sysctls, routes, rules, tables }: RouterPlan): ActualRouter {
  return {
    exists: true,
    loopbackUp: true,
    sysctls: new Map([...sysctls, ...devices.flatMap((device) => [...device.sysctls])]),
    links: new Map(devices.map(({ name, mac, mtu, addresses }, index) => [name, { index, name, kind: 'veth', mtu, up: true, ipv6Off: false, address: mac, addresses }])),
    taps: new Map(devices.map(({ tap, mtu }) => [tap, { mtu, up: true, ipv6Disabled: true }])),
    routes: routes.map((route) => ({ ...route, protocol: STATIC })),
    rules,
    tables,
  };
}
