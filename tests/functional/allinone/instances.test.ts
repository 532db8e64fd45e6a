import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { end, isAlive, readIdentity } from '@neutrino/allinone/host/process-identity';
import { destroyPrivateHost, openPrivateHost } from '@neutrino/allinone/host/private-host';
import { namespaceOfInstance } from '@neutrino/allinone/instances/instance-namespace';
import { instanceDirectory, saveInstance } from '@neutrino/allinone/instances/instance-record';
import { restoreInstances } from '@neutrino/allinone/instances/instance-service';
import { openStateDirectory } from '@neutrino/allinone/state-directory';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const log = pino({ enabled: false });
const record = {
  id: '11111111-1111-4111-8111-111111111111', name: 'one', projectId: 'p', portId: '22222222-2222-4222-8222-222222222222', networkId: 'n',
  macAddress: 'fa:16:3e:00:00:01', mtu: 1450, ownsPort: true, createdAt: '2026-01-01T00:00:00Z',
};

describe('instances on record', requires(root, networkNamespaces, command('udhcpc')), () => {
  test('are plugged and booted anew on a new host, though their DHCP clients outlived the earlier one', async () => {
    using directory = temporaryDirectory();
    const state = openStateDirectory(directory.path);
    const client = async (): Promise<string> => {
      const pid = join(instanceDirectory(state, record.id), 'udhcpc.pid');
      await expect.poll(() => readFileSync(pid, 'utf8'), { timeout: 60_000 }).toMatch(/\d/);
      return readFileSync(pid, 'utf8').trim();
    };
    saveInstance(state, record);
    try {
      const first = await openPrivateHost(state);
      await restoreInstances(state, first, log);
      const earlier = await client();
      const holder = readIdentity(state.holder);
      if (holder === undefined) throw new Error('the host has no holder');
      await end(holder, 0);
      expect(isAlive(holder)).toBe(false);

      const second = await openPrivateHost(state);
      expect(second.isNew).toBe(true);
      await restoreInstances(state, second, log);
      await expect.poll(client, { timeout: 60_000 }).not.toBe(earlier);
      // The client itself, and whatever it just runs for an event.
      expect((await second.run(['ip', 'netns', 'pids', namespaceOfInstance(record)])).stdout.split('\n')).toContain(await client());
      await expect.poll(() => existsSync(`/proc/${earlier}/stat`)).toBe(false);
    } finally {
      await destroyPrivateHost(state);
    }
  });

  test('one that cannot be restored is in no other’s way', async () => {
    using directory = temporaryDirectory();
    const state = openStateDirectory(directory.path);
    saveInstance(state, { ...record, macAddress: 'no address' });
    saveInstance(state, { ...record, id: '33333333-3333-4333-8333-333333333333', portId: '44444444-4444-4444-8444-444444444444', createdAt: '2026-01-02T00:00:00Z' });
    try {
      const host = await openPrivateHost(state);
      await restoreInstances(state, host, log);
      expect((await host.run(['ip', '-br', 'link'])).stdout).toContain('tap44444444-44');
    } finally {
      await destroyPrivateHost(state);
    }
  });
});
