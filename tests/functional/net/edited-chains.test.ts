import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { applyChains, deltaChains, restoreInput } from '@neutrino/agent/l2/delta-chains';
import type { FilterChains } from '@neutrino/agent/l2/plan-filter';
import { parseSaved, type SavedTables } from '@neutrino/agent/linux/iptables';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../support/adversarial-transport.ts';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { privateHost, type TestHost } from '../../support/private-host.ts';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('../../support/edit-chains-process.ts', import.meta.url));
const chain = 'neutron-linuxbri-FORWARD';

describe('a chain that is edited', requires(root, networkNamespaces, command('iptables-nft-restore')), () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await privateHost();
  });
  afterAll(() => host[Symbol.asyncDispose]());

  const kernel = async (): Promise<SavedTables> => parseSaved((await host.run(['iptables-nft-save'])).stdout);
  const restore = async (rules: readonly string[]): Promise<number> => {
    const desired: FilterChains = { filter: new Map([[chain, rules]]), raw: new Map() };
    const before = await kernel();
    const changes = deltaChains(desired, before, true);
    await host.run(['iptables-nft-restore', '--noflush'], { input: restoreInput(changes) });
    const after = await kernel();
    expect(after.get('filter')?.get(chain)).toEqual(rules);
    expect(applyChains(before, changes).get('filter')?.get(chain)).toEqual(rules);
    return changes.reduce((sum, { edit }) => sum + edit.size, 0);
  };

  test('is in the kernel what it would be if it were written anew', async () => {
    const random = seededRandom(1);
    const rule = (number: number): string => `-m physdev --physdev-in tap${String(number).padStart(8, '0')}-11 --physdev-is-bridged -j ACCEPT`;
    let present = Array.from({ length: 60 }, (_, index) => index * 10);
    await restore(present.map(rule));
    let edits = 0;
    for (let round = 0; round < 25; round++) {
      const gone = round % 3 === 0 ? [] : Array.from({ length: 3 }, () => Math.floor(random() * present.length));
      const come = Array.from({ length: 1 + Math.floor(random() * 4) }, () => Math.floor(random() * 700));
      present = [...new Set([...present.filter((_, index) => !gone.includes(index)), ...come])].sort((one, other) => one - other);
      edits += await restore(present.map(rule));
    }
    expect(edits).toBeGreaterThan(15);
  });

  test('is written anew where it is not what it was when it was read, and closed where a rule of it is refused', async () => {
    const group = 'neutron-linuxbri-gi20000000-';
    const made = [`:${chain} - [0:0]`, `:${group} - [0:0]`, ':neutron-linuxbri-sg-fallback - [0:0]', `-A ${chain} -j DROP`, `-A ${group} -j DROP`];
    await host.run(['iptables-restore', '--noflush'], { input: `*filter\n${made.join('\n')}\nCOMMIT\n` });
    const edits = {
      [chain]: { remove: ['-i a -j ACCEPT'], insert: [], rules: ['-i b -j ACCEPT', '-j DROP'] },
      [group]: { remove: [], insert: [{ at: 1, rule: '-m set --match-set missing src -j RETURN' }], rules: ['-m set --match-set missing src -j RETURN', '-j DROP'] },
    };
    const [enter, ...args] = [...host.enter, process.execPath, '--conditions=neutrino-source', program, JSON.stringify(edits)];
    expect((await execute(enter, args)).stdout).toBe('false');
    const after = parseSaved((await host.run(['iptables-save'])).stdout).get('filter');
    expect([after?.get(chain), after?.get(group)]).toEqual([['-i b -j ACCEPT', '-j DROP'], ['-j neutron-linuxbri-sg-fallback']]);
  });

  test('takes a rule in front, at the end, and several next to each other, however short it is', async () => {
    await restore(['-j DROP']);
    expect(await restore(['-i a -j ACCEPT', '-i b -j ACCEPT', '-j DROP', '-i c -j ACCEPT', '-i d -j ACCEPT'])).toBe(1);
    expect(await restore(['-i a -j ACCEPT', '-i aa -j ACCEPT', '-i b -j ACCEPT', '-j DROP', '-i c -j ACCEPT', '-i cc -j ACCEPT', '-i d -j ACCEPT'])).toBe(1);
  });
});
