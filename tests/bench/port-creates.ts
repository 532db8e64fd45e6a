import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { neutrinoService } from '../support/neutrino-service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { apiClient, clientOf, largeNetwork, networkUrl, type ApiClient } from './api-client.ts';
import { median, report, type Figure } from './report.ts';

/**
 * Ports created in a second through REST, on the database of `neutrino up`:
 * node --conditions=neutrino-source tests/bench/port-creates.ts
 */
const ROUNDS = 3;
const SEQUENTIAL = 150;
const CONCURRENT = 320;
const CLIENTS = 16;
const BULK = 100;
const BULKS = 4;

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (count * 1000) / (performance.now() - started);
}

async function measure(name: string, client: ApiClient): Promise<Figure[]> {
  const network_id = await largeNetwork(client);
  const createOne = (): Promise<Buffer> => client.send('POST', '/v2.0/ports', { port: { network_id } });
  const sequentially = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done++) await createOne();
  };
  await sequentially(50);
  const rates: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    rates[0].push(await perSecond(SEQUENTIAL, () => sequentially(SEQUENTIAL)));
    rates[1].push(await perSecond(CONCURRENT, () => Promise.all(Array.from({ length: CLIENTS }, () => sequentially(CONCURRENT / CLIENTS)))));
    rates[2].push(
      await perSecond(BULK * BULKS, async () => {
        for (let done = 0; done < BULKS; done++) {
          await client.send('POST', '/v2.0/ports', { ports: Array.from({ length: BULK }, () => ({ network_id })) });
        }
      }),
    );
  }
  return [`1 client`, `${CLIENTS} clients`, `bulks of ${BULK}`].map((kind, index) => {
    const all = rates[index] ?? [];
    return { name: `${name}, ${kind}`, value: median(all), unit: 'ports/s', all };
  });
}

const figures: Figure[] = [];
{
  await using service = await neutrinoService();
  await service.up();
  for (const who of ['admin', 'user'] as const) {
    using client = await clientOf(service.state, who);
    const quota = Object.fromEntries(['port', 'network', 'subnet'].map((each) => [each, -1]));
    if (who === 'admin') await client.send('PUT', `/v2.0/quotas/${(await service.admin()).projectId}`, { quota });
    if (who === 'admin') await client.send('PUT', `/v2.0/quotas/${(await service.user()).projectId}`, { quota });
    figures.push(...(await measure(who === 'admin' ? 'administrator' : 'ordinary user', client)));
  }
}
{
  using directory = temporaryDirectory();
  const file = join(directory.path, 'noauth.conf');
  writeFileSync(file, '[DEFAULT]\nauth_strategy = noauth\n[quotas]\nquota_port = -1\n');
  await using service = await neutrinoService();
  await service.up('--config-file', file);
  using client = apiClient(networkUrl(service.state), {});
  figures.push(...(await measure('no authentication', client)));
}
report('Ports created in a second', figures);
