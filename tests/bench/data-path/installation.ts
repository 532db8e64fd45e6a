import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '@neutrino/allinone/host/host';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { residentMemory, type Figure } from '../report.ts';

/** A service with its agents on one host, however it is put together. */
export interface Installation extends AsyncDisposable {
  readonly name: string;
  readonly host: Host;
  /** As the agents report it. */
  readonly hostName: string;
  readonly projectId: string;
  request(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
  /** Process numbers of what a host has of it, by name. */
  agents(): Readonly<Record<string, number>>;
  /** Ends what wires devices, does `meanwhile`, and starts it again. Resolves, when that has been asked for, with the moment of the asking. */
  restartAround(meanwhile: () => Promise<void>): Promise<number>;
}

const TIMEOUT_MS = 120_000;

export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined, everyMs = 3): Promise<T> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(everyMs);
  }
}

export async function make(service: Installation, resource: string, body: JsonObject): Promise<JsonObject & { readonly id: string }> {
  const made = (await service.request('POST', `/v2.0/${resource.replaceAll('_', '-')}s`, { [resource]: body }))[resource];
  if (!isJsonObject(made) || typeof made['id'] !== 'string') throw new Error(`POST ${resource}: ${JSON.stringify(made)}`);
  return made as JsonObject & { readonly id: string };
}

export async function list(service: Installation, resources: string, query: string): Promise<readonly JsonObject[]> {
  const found = (await service.request('GET', `/v2.0/${resources.replaceAll('_', '-')}?${query}`))[resources];
  return Array.isArray(found) ? found.filter(isJsonObject) : [];
}

export function memory(service: Installation, when: string, target: number | undefined): readonly Figure[] {
  return Object.entries(service.agents()).map(([name, pid]) => ({
    name: `resident memory, ${name}, ${when}`, value: residentMemory(pid), unit: 'MiB', ...(target === undefined ? {} : { target }),
  }));
}
