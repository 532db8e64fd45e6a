import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { requires, virtualMachine } from '../capabilities.ts';
import { runInVirtualMachine } from './virtual-machine.ts';

describe('a virtual machine', { timeout: 300_000, ...requires(virtualMachine) }, () => {
  test('has another kernel with all its modules, this machine’s files, and tells how its program ended', async () => {
    const made = '/etc/made-in-the-guest';
    const { status, stdout, stderr } = await runInVirtualMachine([
      'sh', '-c',
      `echo "$WORD"; ls "$0"; touch ${made} && ls ${made}; ip link add d0 type dummy && ip link add link d0 name d0.7 type vlan id 7; ip -d link show d0.7; nosuchprogram; exit 7`,
      import.meta.filename,
    ], { env: { WORD: "it's" } });
    expect(stdout.split('\n').slice(0, 3)).toEqual(["it's", import.meta.filename, made]);
    expect(stdout).toContain('vlan protocol 802.1Q id 7');
    expect(stderr).toContain('nosuchprogram');
    expect(status).toBe(7);
    expect(existsSync(made)).toBe(false);
  });

  test('that does not come to an end is ended', async () => {
    await expect(runInVirtualMachine(['sleep', 'infinity'], { timeoutMs: 2_000 })).rejects.toThrow('was not done after 2 s');
  });
});
