import { neutrinoService } from '../support/neutrino-service.ts';
import { clientOf, largeNetwork } from './api-client.ts';
import { median, report, type Figure } from './report.ts';

/**
 * How long a list of many ports takes, whole and cut down:
 * node --conditions=neutrino-source tests/bench/port-lists.ts
 */
const TRIES = 15;
const BULK = 250;

const figures: Figure[] = [];
await using service = await neutrinoService();
await service.up();
using admin = await clientOf(service.state, 'admin');
using user = await clientOf(service.state, 'user');
const { projectId } = await service.user();
await admin.send('PUT', `/v2.0/quotas/${projectId}`, { quota: { port: -1 } });
const network_id = await largeNetwork(user);

let there = 0;
for (const count of [1000, 5000]) {
  for (; there < count; there += BULK) {
    await user.send('POST', '/v2.0/ports', { ports: Array.from({ length: BULK }, (_, index) => ({ network_id, name: `port ${there + index}` })) });
  }
  for (const [name, client, query] of [
    ['administrator', admin, ''],
    ['ordinary user', user, ''],
    ['ordinary user, fields=id&fields=name', user, '&fields=id&fields=name'],
    ['ordinary user, a page of 100', user, '&limit=100&sort_key=name&sort_dir=asc'],
  ] as const) {
    const all: number[] = [];
    await client.send('GET', `/v2.0/ports?network_id=${network_id}${query}`);
    for (let round = 0; round < TRIES; round++) {
      const started = performance.now();
      await client.send('GET', `/v2.0/ports?network_id=${network_id}${query}`);
      all.push(performance.now() - started);
    }
    figures.push({ name: `${count} ports, ${name}`, value: median(all), unit: 'ms', all: [Math.min(...all), Math.max(...all)] });
  }
}
report('List of ports', figures);
