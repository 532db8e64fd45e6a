import { describe, expect, test } from 'vitest';
import { adminContext } from '@neutrino/server/context';
import { databaseTime } from '@neutrino/server/db/database-time';
import { transact } from '@neutrino/server/db/transact';
import type { Db } from '@neutrino/server/db/types';
import { addressKey } from '@neutrino/server/ipam/address-key';
import { findFreeAddresses } from '@neutrino/server/ipam/free-address';
import { loadIpamSubnets, type IpamSubnet } from '@neutrino/server/ipam/ipam-subnet';
import { formatIp, type IpVersion } from '@neutrino/lib/net/ip';
import { rangeSize } from '@neutrino/lib/net/ip-range';
import { createOne, startMl2 } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

async function subnetWith(db: Db, body: { cidr: string; ip_version: IpVersion; allocation_pools?: { start: string; end: string }[] }): Promise<IpamSubnet> {
  const { core } = startMl2(db);
  const network = await createOne(core.networks, adminContext(), {});
  await createOne(core.subnets, adminContext(), { network_id: network.id, ...body });
  const subnet = (await loadIpamSubnets(db, [network.id])).get(network.id)?.[0];
  if (subnet === undefined) throw new Error('no subnet');
  return subnet;
}

/** Takes the addresses of the pools for which `taken` says so, all by one port. */
async function take(db: Db, subnet: IpamSubnet, taken: (position: number) => boolean): Promise<void> {
  const now = databaseTime();
  const id = crypto.randomUUID();
  const rows = subnet.pools.flatMap((pool) =>
    Array.from({ length: Number(rangeSize(pool)) }, (_, index) => index)
      .filter(taken)
      .map((index) => ({ version: pool.version, value: pool.first + BigInt(index) }))
      .map((ip) => ({ port_id: id, subnet_id: subnet.id, network_id: subnet.networkId, ip_address: formatIp(ip), ip_key: addressKey(ip), position: 0 })),
  );
  await transact(db, async (tx) => {
    await tx
      .insertInto('ports')
      .values({
        id, project_id: 'p', network_id: subnet.networkId, name: '', mac_address: 'fa:16:3e:00:00:01', admin_state_up: 1, status: 'DOWN',
        device_id: '', device_owner: '', port_security_enabled: 1, description: '', revision_number: 1, created_at: now, updated_at: now,
      })
      .execute();
    for (let start = 0; start < rows.length; start += 2000) await tx.insertInto('ip_allocations').values(rows.slice(start, start + 2000)).execute();
  });
}

const find = async (db: Db, subnet: IpamSubnet, options = {}): Promise<string | undefined> => {
  const [ip] = await findFreeAddresses(db, subnet, 1, options);
  return ip && formatIp(ip);
};

describe('the search for a free address', () => {
  test('finds many at once, none twice, what is held last of all, and all there are where they are fewer', async () => {
    await using scratch = await scratchDatabase();
    const subnet = await subnetWith(scratch.db, { cidr: '10.0.0.0/24', ip_version: 4 });
    await take(scratch.db, subnet, (position) => position % 3 === 0);
    const free = 253 - Math.ceil(253 / 3);
    const held = new Set((await findFreeAddresses(scratch.db, subnet, 50)).map(addressKey));
    expect(held.size).toBe(50);
    for (const lowest of [false, true]) {
      const found = (await findFreeAddresses(scratch.db, subnet, 1000, { held, lowest })).map(addressKey);
      expect(new Set(found).size).toBe(free);
      expect(found.slice(0, free - 50).filter((key) => held.has(key))).toEqual([]);
      expect(new Set(found.slice(free - 50))).toEqual(held);
    }
  });

  test('takes no pool for exhausted because what is taken is held still', async () => {
    await using scratch = await scratchDatabase();
    const subnet = await subnetWith(scratch.db, { cidr: '10.0.0.0/25', ip_version: 4 });
    await take(scratch.db, subnet, (position) => position !== 100);
    const held = new Set(Array.from({ length: 60 }, (_, index) => addressKey({ version: 4, value: (subnet.pools[0]?.first ?? 0n) + BigInt(index) })));
    expect(await find(scratch.db, subnet, { held })).toBe('10.0.0.102');
    expect(await find(scratch.db, subnet, { held, lowest: true })).toBe('10.0.0.102');
  });

  test('finds the only one left of 65,533, and then none', async () => {
    await using scratch = await scratchDatabase();
    const subnet = await subnetWith(scratch.db, { cidr: '10.0.0.0/16', ip_version: 4 });
    await take(scratch.db, subnet, (position) => position !== 54_321);
    const only = formatIp({ version: 4, value: (subnet.pools[0]?.first ?? 0n) + 54_321n });
    expect(await find(scratch.db, subnet)).toBe(only);
    expect(await find(scratch.db, subnet, { lowest: true })).toBe(only);
    await scratch.db
      .insertInto('ip_allocations')
      .columns(['port_id', 'subnet_id', 'network_id', 'ip_address', 'ip_key', 'position'])
      .expression((eb) =>
        eb
          .selectFrom('ip_allocations')
          .select(['port_id', 'subnet_id', 'network_id', eb.val<string>(only).as('ip_address'), eb.val('0a00d433').as('ip_key'), 'position'])
          .limit(1),
      )
      .execute();
    expect(await find(scratch.db, subnet)).toBeUndefined();
  });

  test('with 60,000 taken takes no time that a client would notice', async () => {
    await using scratch = await scratchDatabase();
    const subnet = await subnetWith(scratch.db, { cidr: '10.0.0.0/16', ip_version: 4 });
    await take(scratch.db, subnet, (position) => position < 60_000);
    const times: number[] = [];
    for (let count = 0; count < 50; count += 1) {
      const started = performance.now();
      expect(await find(scratch.db, subnet)).toBeDefined();
      times.push(performance.now() - started);
    }
    // The least of them: others may be at work on the machine.
    expect(Math.min(...times)).toBeLessThan(200);
  });

  test('starts low in a prefix of 2⁶⁴ addresses, and does not mind its size', async () => {
    await using scratch = await scratchDatabase();
    const subnet = await subnetWith(scratch.db, { cidr: 'fd00::/64', ip_version: 6 });
    expect(await find(scratch.db, subnet, { lowest: true })).toBe('fd00::1');
    expect(await find(scratch.db, subnet)).toMatch(/^fd00::[0-9a-f]{1,2}$/);
  });

  test('goes through all pools', async () => {
    await using scratch = await scratchDatabase();
    const pools = [
      { start: '10.0.0.10', end: '10.0.0.11' },
      { start: '10.0.0.20', end: '10.0.0.20' },
    ];
    const subnet = await subnetWith(scratch.db, { cidr: '10.0.0.0/24', ip_version: 4, allocation_pools: pools });
    await take(scratch.db, { ...subnet, pools: subnet.pools.slice(0, 1) }, () => true);
    expect(await find(scratch.db, subnet)).toBe('10.0.0.20');
  });
});
