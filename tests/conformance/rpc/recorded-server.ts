import { readFileSync } from 'node:fs';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { servedInterfaces } from '@neutrino/lib/rpc/contract';
import type { Endpoint, RpcMethod, Transport } from '@neutrino/lib/rpc/messaging';
import type { Recorded } from './hold-conversation.ts';

/** What was recorded of Neutron, with ids again in the place of names. */
export interface RecordedServer {
  /** The id that stands for a name. */
  readonly id: (name: string) => string;
  readonly heard: readonly { readonly topic: string; readonly method: string; readonly version: string; readonly args: JsonObject }[];
  /** What was asked of it: method and version. */
  readonly asked: readonly { readonly method: string; readonly args: JsonObject }[];
}

/**
 * Answers agents as Debian's Neutron answered: each method as in the first conversation whose title begins with one of `titles`. Versions
 * are those of Zed, so a request that Zed would refuse is refused. `file`: one of the recordings beside this file.
 */
export async function recordedServer(transport: Transport, titles: readonly string[], file = 'zed.json'): Promise<RecordedServer> {
  const recorded = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as readonly Recorded[];
  const ids = new Map<string, string>();
  const id = (name: string): string => {
    const known = ids.get(name) ?? `${(0xabc00000 + ids.size).toString(16)}-1234-4abc-8abc-123456789abc`;
    ids.set(name, known);
    return known;
  };
  const asked: { method: string; args: JsonObject }[] = [];
  const answers = new Map(titles.flatMap((title) => recorded.filter((each) => each.title.startsWith(title) && each.method !== undefined).slice(0, 1)).map((each) => [each.method ?? '', each]));
  const zedReports = '1.2';
  const endpoints = Object.values(servedInterfaces).map(({ topic, version, methods }): readonly [string, Endpoint] => {
    const served = Object.keys(methods).flatMap((name): readonly (readonly [string, RpcMethod])[] => {
      const answer = answers.get(name);
      if (answer === undefined) return [];
      return [[name, (_context, args) => {
        asked.push({ method: name, args });
        return withIds(answer.answer ?? null, id);
      }]];
    });
    return [topic, { version: topic === servedInterfaces.reports.topic ? zedReports : version, methods: Object.fromEntries(served) }];
  });
  for (const [topic, same] of Map.groupBy(endpoints, ([name]) => name)) await transport.listen({ topic, server: 'recorded', endpoints: same.map(([, endpoint]) => endpoint) });
  const heard = recorded.flatMap((each) => each.heard ?? []).map((message) => withIds(message, id) as unknown as RecordedServer['heard'][number]);
  return { id, heard, asked };
}

function withIds(value: Json, id: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map((each) => withIds(each, id));
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [withIds(key, id) as string, key === 'revision_number' ? 1 : withIds(each ?? null, id)]));
  if (typeof value !== 'string') return value;
  return value
    .replaceAll('<time>', '2026-01-01T00:00:00Z')
    .replaceAll('<mac>', 'fa:16:3e:00:00:99')
    .replaceAll(/<(\w+)\|11>/g, (_text, name: string) => id(name).slice(0, 11))
    .replaceAll(/<(\w+)>/g, (_text, name: string) => id(name));
}
