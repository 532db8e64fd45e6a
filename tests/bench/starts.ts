import { setTimeout as sleep } from 'node:timers/promises';
import { readService } from '@neutrino/allinone/running-service';
import { neutrinoService, type NeutrinoService, type Run } from '../support/neutrino-service.ts';
import { median, report, residentMemory, type Figure } from './report.ts';

/**
 * Starts and memory of `neutrino up`, empty and with networks; as root:
 * node --conditions=neutrino-source tests/bench/starts.ts
 */
const TRIES = 5;
const NETWORKS = 20;
const PORTS = 8;

function memory(service: NeutrinoService, run: Run, when: string): Figure[] {
  const agents = Number(/agents in pid (\d+)/.exec(run.output())?.[1]);
  const server = readService(service.state)?.pid ?? 0;
  return [
    { name: `resident, server, ${when}`, value: residentMemory(server), unit: 'MiB' },
    { name: `resident, agents, ${when}`, value: residentMemory(agents), unit: 'MiB' },
  ];
}

await using service = await neutrinoService();
const figures: Figure[] = [];
let run = await service.up();
figures.push({ name: 'first start, until ready', value: run.readyMs, unit: 'ms' });
const restart = async (name: string): Promise<void> => {
  const all: number[] = [];
  for (let round = 0; round < TRIES; round++) {
    await service.stop(run);
    run = await service.up();
    all.push(run.readyMs);
  }
  figures.push({ name, value: median(all), unit: 'ms', all });
};
await restart('later start, until ready');
figures.push(...memory(service, run, 'after a start'));

const admin = await service.admin();
for (let index = 0; index < NETWORKS; index++) {
  const made = (await admin.request('POST', '/v2.0/networks', { network: { name: `network-${index}` } })) as { network: { id: string } };
  await admin.request('POST', '/v2.0/subnets', { subnet: { network_id: made.network.id, ip_version: 4, cidr: '10.7.0.0/24' } });
  await admin.request('POST', '/v2.0/ports', { ports: Array.from({ length: PORTS }, () => ({ network_id: made.network.id })) });
}
// Only then is all of it at rest.
for (let active = 0; active < NETWORKS; await sleep(100)) {
  const { ports } = await admin.request('GET', '/v2.0/ports?device_owner=network:dhcp&status=ACTIVE&fields=id');
  active = Array.isArray(ports) ? ports.length : 0;
}
await sleep(3000);
await restart(`later start, ${NETWORKS} networks with DHCP, ${NETWORKS * PORTS} ports`);
figures.push(...memory(service, run, `with ${NETWORKS} networks`));
report('Starts', figures);
