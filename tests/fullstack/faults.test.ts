import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCloud, type Cloud } from '../chaos/cloud.ts';
import { faults, type Fault } from '../chaos/faults.ts';
import { suffer } from '../chaos/suffer.ts';
import { command, hostNamespaces, requires } from '../support/capabilities.ts';
import { controllerServicesHere } from '../support/hosts/controller-services.ts';

const dataPath = ['dnsmasq', 'iptables', 'ipset', 'nft', 'radvd'].map(command);

/** Three of what `make chaos` does: the others take longer. */
describe('a controller and two compute hosts, with traffic and writes', requires(hostNamespaces, ...controllerServicesHere, ...dataPath), () => {
  let cloud: Cloud;
  const said: string[] = [];
  beforeAll(async () => {
    cloud = await openCloud({ tell: (text) => void said.push(text) });
  }, 300_000);
  afterAll(() => cloud[Symbol.asyncDispose]());

  test.each(['broker killed', 'neutron-linuxbridge-agent killed', 'neutron-l3-agent killed'])('agree after a fault, lose no acknowledged write and no packet: %s', async (name) => {
    const fault = faults.find((candidate) => candidate.name === name) as Fault;
    const outcome = await suffer(cloud, fault, { seconds: 1, seed: 1, agreeMs: 240_000, tell: (text) => void said.push(text) });
    expect({ complaints: outcome.complaints, lostWrites: outcome.lostWrites, lostPackets: outcome.lostPackets }, said.join('\n')).toEqual({ complaints: [], lostWrites: [], lostPackets: 0 });
    expect(outcome.acknowledged).toBeGreaterThan(5);
  }, 900_000);
});
