import type { JsonObject } from '@neutrino/lib/json';
import { changedMethod, changesMethod, changesTopics, changesVersion, type ToldChange } from '@neutrino/lib/rpc/agent-changes';
import type { Endpoint, Listener, Transport } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followChanges, type ChangeFollower } from './follow-changes.ts';

const PATIENCE = { timeout: 60_000, interval: 5 } as const;
let broker: Broker;
let parts: AsyncDisposableStack;
let heard: string[];
let questions: unknown[];
/** What the server answers when it is asked since a revision. */
let answer: JsonObject;

beforeEach(() => {
  broker = createBroker();
  parts = new AsyncDisposableStack();
  heard = [];
  questions = [];
  answer = { revision: 10, changes: [] };
});
afterEach(async () => {
  await parts.disposeAsync();
  await broker[Symbol.asyncDispose]();
});

function follow(reportIntervalMs = 60_000, transport: Transport = broker.connect()): ChangeFollower {
  return parts.use(
    followChanges({
      environment: { transport, host: 'here', log: pino({ level: 'silent' }), reportIntervalMs },
      agentType: 'Linux bridge agent',
      changed: (changes) => void heard.push(...changes.map(({ kind, object, revision }) => `${kind} ${object} ${String(revision)}`)),
      lost: () => void heard.push('lost'),
      listenToNeutron: async () => {
        heard.push('neutron');
        return [{ topic: '', [Symbol.asyncDispose]: async () => void heard.push('no longer neutron') }];
      },
      reportNow: () => void heard.push('report'),
    }),
  );
}

const neutron: Endpoint = { version: '1.9', methods: { get_device_details: () => null } };
const ours: Endpoint = {
  version: changesVersion,
  methods: {
    [changesMethod]: (_context, { since }) => {
      questions.push(since);
      return since === null ? { revision: 10, changes: null } : answer;
    },
  },
};
const serve = (...endpoints: readonly Endpoint[]): Promise<Listener> => broker.connect().listen({ topic: topics.plugin, server: 'server', endpoints });
const change = (object: string, revision: number, kind = 'port'): ToldChange & JsonObject => ({ kind, subject: 'here', object, revision });
const tell = (sequence: number, ...changes: readonly ToldChange[]): Promise<void> =>
  broker.connect().cast({}, { topic: changesTopics['Linux bridge agent'] ?? '', server: 'here', version: changesVersion }, changedMethod, { server: 's', sequence, changes } as unknown as JsonObject);

test('a server of ours is followed by messages, and by answers where one is missing; nothing is done twice', async () => {
  await serve(neutron, ours);
  const follower = follow();
  await expect.poll(() => heard, PATIENCE).toEqual(['lost', 'report']);
  expect(follower.configurations()).toEqual({ agent_changes: changesVersion });
  await tell(1, change('a', 11));
  await expect.poll(() => heard.slice(2), PATIENCE).toEqual(['port a 11']);
  const asked = questions.length;
  answer = { revision: 13, changes: [change('a', 11), change('b', 12), change('c', 13), { kind: 7 }] };
  await tell(3, change('c', 13));
  await expect.poll(() => heard.slice(3).toSorted(), PATIENCE).toEqual(['port b 12', 'port c 13']);
  expect(questions.slice(asked)).toEqual([10]);
  answer = { revision: 14, changes: [] };
  // The lost one comes after all, and one comes twice: nothing is missing.
  await tell(2, change('b', 12));
  await tell(3, change('c', 13));
  await tell(4, change('d', 14));
  await expect.poll(() => heard.slice(5), PATIENCE).toEqual(['port b 12', 'port c 13', 'port d 14']);
  // A change that is told once more has happened once more, unless it is the same.
  answer = { revision: 15, changes: [change('d', 15)] };
  follower.catchUp();
  await expect.poll(() => heard.slice(8), PATIENCE).toEqual(['port d 15']);
  answer = { revision: 16, changes: null };
  await tell(9, change('e', 16));
  await expect.poll(() => heard.slice(9), PATIENCE).toEqual(['port e 16', 'lost']);
});

test('it asks now and then, whether or not it hears anything', async () => {
  await serve(ours);
  follow(50);
  await expect.poll(() => questions.filter((since) => since === 10).length, PATIENCE).toBeGreaterThan(2);
  expect(heard).toEqual(['lost', 'report']);
});

test('a server without the method is heard by its own topics, and the change of servers is noticed in both directions', async () => {
  const before = await serve(neutron);
  const follower = follow(50);
  await expect.poll(() => heard, PATIENCE).toEqual(['neutron', 'lost', 'report']);
  expect(follower.configurations()).toEqual({});
  follower.catchUp();
  await expect.poll(() => heard.slice(3), PATIENCE).toEqual(['lost']);
  await before[Symbol.asyncDispose]();
  const successor = await serve(neutron, ours);
  follower.catchUp();
  await expect.poll(() => heard.slice(4), PATIENCE).toEqual(['no longer neutron', 'lost', 'report']);
  await successor[Symbol.asyncDispose]();
  await serve(neutron);
  await expect.poll(() => heard.slice(7), PATIENCE).toEqual(['neutron', 'lost', 'report']);
  expect(follower.configurations()).toEqual({});
});

test('where the server fails again and again as it begins to listen, no listener is left over', async () => {
  let open = 0;
  const transport = broker.connect();
  const counted: Transport = {
    ...transport,
    async listen(options) {
      const listener = await transport.listen(options);
      open++;
      return {
        ...listener,
        async [Symbol.asyncDispose]() {
          open--;
          await listener[Symbol.asyncDispose]();
        },
      };
    },
  };
  let asked = 0;
  const failing = (_context: unknown, { since }: JsonObject): JsonObject => {
    // The first question of each attempt finds out which contract there is.
    if (since === null && [2, 4].includes(++asked)) throw new Error('the database is away');
    return { revision: 10, changes: since === null ? null : [] };
  };
  await serve({ version: changesVersion, methods: { [changesMethod]: failing } });
  const follower = follow(60_000, counted);
  await expect.poll(() => heard, PATIENCE).toEqual(['lost', 'report']);
  expect(open).toBe(1);
  await follower[Symbol.asyncDispose]();
  expect(open).toBe(0);
});
