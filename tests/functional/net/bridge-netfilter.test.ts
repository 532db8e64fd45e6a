import { run, type RunResult } from '@neutrino/agent/privileged/run';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const PROGRAM = `
import { bridgeNetfilterOff, turnBridgeNetfilterOn } from '@neutrino/agent/linux/bridge-netfilter';
const before = bridgeNetfilterOff();
for (const name of before) await turnBridgeNetfilterOn(name);
console.log(JSON.stringify({ before, after: bridgeNetfilterOff() }));
`;

/** Runs PROGRAM where the switches are hidden, as before the module is loaded; `modprobe` is the body of that program. */
async function withoutModule(modprobe: string): Promise<RunResult> {
  using directory = temporaryDirectory();
  const bin = join(directory.path, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'modprobe'), `#!/bin/sh\n${modprobe}\n`, { mode: 0o755 });
  const hidden = ['sh', '-c', 'mount -t tmpfs none /proc/sys/net && exec "$@"', 'hidden'] as const;
  const node = [process.execPath, '--conditions=neutrino-source', '--input-type=module', '--eval', PROGRAM] as const;
  const project = resolve(import.meta.dirname, '../../..');
  return await run(['unshare', '--net', '--mount', '--propagation', 'private', 'env', '-C', project, ...hidden, ...node], {
    accept: [1],
    env: { PATH: [bin, process.env['PATH']].join(delimiter) },
  });
}

describe('a kernel whose br_netfilter is a module', requires(root, networkNamespaces), () => {
  test('has it loaded before bridged packets are to be filtered', async () => {
    const { stdout, stderr } = await withoutModule('[ "$*" = br_netfilter ] && umount /proc/sys/net');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ before: ['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables'], after: [] });
  });

  test('that cannot be loaded is an error that names it and the reason', async () => {
    const { code, stderr } = await withoutModule('echo "FATAL: Module $1 not found." >&2; exit 1');
    expect(code).toBe(1);
    expect(stderr).toContain('br_netfilter is not there, nor can it be loaded: modprobe br_netfilter: exit 1: FATAL: Module br_netfilter not found.');
  });
});
