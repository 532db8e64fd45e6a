import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Applied } from './router-service.ts';
import { createServedRouters, type ServedRouters } from './served-routers.ts';

interface Scene {
  readonly routers: ServedRouters;
  /** What the server knows. */
  readonly known: Map<string, RouterInfo>;
  /** What was done, in order. */
  readonly done: string[];
  /** What the next applications come to. */
  readonly outcomes: Applied[];
}

function scene(): Scene {
  const known = new Map<string, RouterInfo>();
  const done: string[] = [];
  const outcomes: Applied[] = [];
  const routers = createServedRouters({
    rpc: { updateFloatingIpStatuses: async (id, statuses) => void done.push(`${id}: ${[...statuses].map((each) => each.join(' ')).join(', ')}`) },
    fetch: async (id) => known.get(id),
    service: {
      async apply(router) {
        done.push(`apply ${router.id}`);
        return outcomes.shift() ?? { steps: [], isTranslating: true, failures: [], warnings: [] };
      },
      remove: async (id) => done.push(`remove ${id}`) > 0,
    },
    states: { note: () => undefined, forget: () => undefined },
    handleInternalOnlyRouters: true,
    retries: { later: (id) => void done.push(`retry ${id}`), succeeded: () => undefined },
    log: pino({ level: 'silent' }),
  });
  return { routers, known, done, outcomes };
}

const router = (id: string, more: Partial<RouterInfo> = {}): RouterInfo => ({ id, admin_state_up: true, ...more });
const gateway = { id: 'g', network_id: 'n', mac_address: '', admin_state_up: true, mtu: 1500, fixed_ips: [], subnets: [], extra_subnets: [] };
const floating = (status: string): Partial<RouterInfo> => ({ gw_port: gateway, _floatingips: [{ id: 'f', floating_ip_address: '203.0.113.5', fixed_ip_address: '10.0.0.5', status }] });

test('a full answer brings routers, and takes away those that it has not, also those of an earlier run', async () => {
  const { routers, done } = scene();
  for (const id of routers.beginFetch().end([router('a')], ['left'])) await routers.pass(id);
  expect(done).toEqual(['apply a', 'remove left']);
  for (const id of routers.beginFetch().end([], [])) await routers.pass(id);
  expect(done.slice(2)).toEqual(['remove a']);
  expect(routers.current()).toEqual([]);
});

test('what is heard while a full answer is on its way is newer than the answer', async () => {
  const { routers, known, done } = scene();
  const fetch = routers.beginFetch();
  known.set('b', router('b'));
  routers.changed('b');
  routers.removed('a');
  for (const id of fetch.end([router('a')], [])) await routers.pass(id);
  expect(done.toSorted()).toEqual(['apply b', 'remove a']);
});

test('what is heard of a router while it is asked for is asked for again', async () => {
  const { routers, known, done } = scene();
  known.set('a', router('a'));
  routers.changed('a');
  const first = routers.pass('a');
  known.delete('a');
  routers.changed('a');
  await first;
  await routers.pass('a');
  expect(done).toEqual(['apply a', 'remove a']);
});

test('a router that the server does not tell of any more is removed, and so is one of a kind that is not known here', async () => {
  const { routers, known, done } = scene();
  known.set('a', router('a'));
  routers.changed('a');
  await routers.pass('a');
  known.set('a', router('a', { ha: true }));
  routers.changed('a');
  await routers.pass('a');
  expect(done).toEqual(['apply a', 'remove a']);
});

test('the server hears once that a floating IP works, that it does not, and that it is gone', async () => {
  const { routers, known, done, outcomes } = scene();
  known.set('a', router('a', floating('DOWN')));
  routers.changed('a');
  await routers.pass('a');
  await routers.pass('a');
  expect(done).toEqual(['apply a', 'a: f ACTIVE', 'apply a']);
  known.set('a', router('a', floating('ACTIVE')));
  outcomes.push({ steps: [], isTranslating: false, failures: [new Error('refused')], warnings: [] });
  routers.changed('a');
  await routers.pass('a');
  expect(done.slice(3)).toEqual(['apply a', 'a: f ERROR', 'retry a']);
  known.set('a', router('a', { gw_port: gateway }));
  await routers.pass('a');
  expect(done.slice(6)).toEqual(['apply a', 'a: f DOWN']);
});

test('a failure that has nothing to do with addresses leaves floating IPs active, and is tried again', async () => {
  const { routers, known, done, outcomes } = scene();
  known.set('a', router('a', floating('DOWN')));
  outcomes.push({ steps: [], isTranslating: true, warnings: [], failures: [new Error('no radvd')] });
  routers.changed('a');
  await routers.pass('a');
  expect(done).toEqual(['apply a', 'a: f ACTIVE', 'retry a']);
});

test('what the server has otherwise than it was made is asked for, once; also what is not here any more, or not yet', async () => {
  const { routers, known, done } = scene();
  for (const id of routers.beginFetch().end([router('a', { _revision: '1' }), router('b', { _revision: '1' })], [])) await routers.pass(id);
  expect(routers.compare({ a: '1', b: '1' })).toEqual([]);
  known.set('a', router('a', { _revision: '2' }));
  known.set('c', router('c', { _revision: '1' }));
  done.length = 0;
  const missed = routers.compare({ a: '2', c: '1' });
  expect(missed.toSorted()).toEqual(['a', 'b', 'c']);
  for (const id of missed) await routers.pass(id);
  expect(done.toSorted()).toEqual(['apply a', 'apply c', 'remove b']);
  expect(routers.compare({ a: '2', c: '1' })).toEqual([]);
});

test('a router that cannot be made is tried again in its own time, not each time that its revision is compared', async () => {
  const { routers, done, outcomes } = scene();
  outcomes.push({ steps: [], isTranslating: true, warnings: [], failures: [new Error('refused')] });
  for (const id of routers.beginFetch().end([router('a', { _revision: '1' })], [])) await routers.pass(id);
  expect(done).toEqual(['apply a', 'retry a']);
  expect(routers.compare({ a: '1' })).toEqual([]);
  expect(routers.compare({ a: '2' })).toEqual(['a']);
});

test('a router that goes away with floating IPs has the server settle their statuses', async () => {
  const { routers, done } = scene();
  for (const id of routers.beginFetch().end([router('a', floating('ACTIVE'))], [])) await routers.pass(id);
  routers.removed('a');
  await routers.pass('a');
  expect(done).toEqual(['apply a', 'remove a', 'a: ']);
});
