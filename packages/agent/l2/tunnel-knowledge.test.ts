import type { Json, JsonObject } from '@neutrino/lib/json';
import { expect, test } from 'vitest';
import type { Port } from './port.ts';
import { tunnelKnowledge, type TunnelKnowledge } from './tunnel-knowledge.ts';

const [one, two] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const mac = 'fa:16:3e:00:00:01';
const behind = (end: string, networkId = one): JsonObject => ({ [networkId]: { segment_id: 7, network_type: 'vxlan', ports: { [end]: [[mac, '10.0.0.5']] } } });
const portOf = (network_id: string, more: object = {}): Port => ({ details: { device: 'tap', port_id: `port of ${network_id}`, network_id, network_type: 'vxlan', segmentation_id: 7, ...more } }) as unknown as Port;

interface Host extends TunnelKnowledge {
  readonly ports: Port[];
  readonly questions: (readonly string[])[];
  answer: () => Promise<Json | undefined>;
  readonly tell: (entries: JsonObject, method?: string) => void;
}

function host(...ports: Port[]): Host {
  const questions: (readonly string[])[] = [];
  const forwardingEntries = (networks: readonly string[]): Promise<Json | undefined> => {
    questions.push(networks);
    return made.answer();
  };
  const knowledge = tunnelKnowledge({ api: { forwardingEntries }, localIp: '192.0.2.1', ports: () => ports });
  const { methods } = knowledge.endpoint(() => undefined);
  const made: Host = {
    ...knowledge,
    ports,
    questions,
    answer: () => Promise.resolve(behind('192.0.2.2')),
    tell: (fdb_entries, method = 'add_fdb_entries') => void methods[method]?.({}, { fdb_entries }),
  };
  return made;
}
const endOf = ({ table }: Host): string | undefined => table.of(one)?.ends.get(mac);

test('a network is asked about once when it is new, and again when the log names it', async () => {
  const here = host(portOf(one));
  expect([await here.ask('new'), await here.ask('new'), await here.ask('due')]).toEqual([true, false, false]);
  expect(endOf(here)).toBe('192.0.2.2');
  here.changed([{ kind: 'tunnels', subject: two, object: '', revision: 1 }, { kind: 'rules', subject: one, object: '', revision: 1 }]);
  expect(here.isDue()).toBe(false);
  here.changed([{ kind: 'tunnels', subject: one, object: '', revision: 2 }]);
  expect([here.isDue(), await here.ask('new'), await here.ask('due'), here.isDue()]).toEqual([true, false, true, false]);
  here.ports.push(portOf(two));
  await here.ask('due');
  expect(here.questions).toEqual([[one], [one], [two]]);
});

test('a message may be older than the answer: what it is about is asked about once more', async () => {
  const here = host(portOf(one));
  await here.ask('new');
  here.tell(behind('192.0.2.3'));
  expect([endOf(here), here.isDue()]).toEqual(['192.0.2.3', true]);
  await here.ask('due');
  expect([endOf(here), here.isDue()]).toEqual(['192.0.2.2', false]);
  here.tell({ chg_ip: { [one]: { '192.0.2.2': { before: [[mac, '10.0.0.5']] } } } }, 'update_fdb_entries');
  expect(here.isDue()).toBe(true);
  await here.ask('due');
  expect(here.table.of(one)?.neighbours.get('10.0.0.5')).toBe(mac);
  here.tell(behind('192.0.2.3', two));
  expect(here.isDue()).toBe(false);
});

test('what is told while the server answers holds after the answer, and is asked about once more', async () => {
  const here = host(portOf(one));
  const answer = Promise.withResolvers<Json>();
  here.answer = () => answer.promise;
  const asking = here.ask('new');
  here.tell(behind('192.0.2.3'));
  answer.resolve(behind('192.0.2.2'));
  await asking;
  expect([endOf(here), here.isDue()]).toEqual(['192.0.2.3', true]);
});

test('what the server did not answer is due', async () => {
  const here = host(portOf(one));
  here.answer = () => Promise.reject(new Error('away'));
  await expect(here.ask('everything')).rejects.toThrow('away');
  expect(here.isDue()).toBe(true);
  here.answer = () => Promise.resolve(behind('192.0.2.2'));
  expect(await here.ask('due')).toBe(true);
  expect(endOf(here)).toBe('192.0.2.2');
});

test('a server that has no answer is not asked about each network, until everything is asked for again', async () => {
  const here = host(portOf(one));
  here.answer = () => Promise.resolve(undefined);
  expect([await here.ask('everything'), await here.ask('new'), await here.ask('new')]).toEqual([true, false, false]);
  here.answer = () => Promise.resolve(behind('192.0.2.2'));
  await here.ask('everything');
  here.ports.push(portOf(two));
  expect(await here.ask('new')).toBe(true);
});

test('a network that has left and come back is new', async () => {
  const here = host(portOf(one));
  await here.ask('new');
  here.ports.pop();
  expect([...here.retain().keys()]).toEqual([]);
  here.ports.push(portOf(one));
  expect(await here.ask('new')).toBe(true);
  // One of its ports was moved: nobody may have said here what changed while it was away.
  here.changed([{ kind: 'port', subject: 'here', object: `port of ${one}`, revision: 3 }]);
  expect(here.isDue()).toBe(true);
});
