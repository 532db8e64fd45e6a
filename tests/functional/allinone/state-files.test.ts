import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requires, root } from '../../support/capabilities.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { readIdentity } from '@neutrino/allinone/host/process-identity';
import { listInstances, saveInstance } from '@neutrino/allinone/instances/instance-record';
import { isRunning } from '@neutrino/allinone/running-service';
import { openStateDirectory, writeWhole } from '@neutrino/allinone/state-directory';

const DAMAGED = ['', '{', 'null', '[]', '{}', '"text"', '{"pid":null,"startTime":null}', '\0\0\0\0'];

test.each(DAMAGED)('a state file that holds %j names no process and no service', (text) => {
  using directory = temporaryDirectory();
  const state = openStateDirectory(directory.path);
  for (const file of [state.holder, state.hostProcess, state.service]) writeFileSync(file, text);
  expect(readIdentity(state.holder)).toBeUndefined();
  expect(isRunning(state)).toBe(false);
});

test('a damaged record of an instance hides no other', () => {
  using directory = temporaryDirectory();
  const state = openStateDirectory(directory.path);
  const record = {
    id: 'whole', name: 'one', projectId: 'p', portId: 'q', networkId: 'n', macAddress: 'fa:16:3e:00:00:01', mtu: 1450,
    ownsPort: true, createdAt: '2026-01-01T00:00:00Z',
  };
  saveInstance(state, record);
  for (const [index, text] of DAMAGED.entries()) {
    mkdirSync(join(state.instances, `damaged-${index}`));
    writeFileSync(join(state.instances, `damaged-${index}`, 'instance.json'), text);
  }
  expect(listInstances(state)).toEqual([record]);
});

test('a file that cannot be written is named, is what it was, and leaves no part of the new one', { ...requires(root) }, () => {
  using directory = temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'full', directory.path]);
  try {
    const file = join(directory.path, 'service.json');
    writeWhole(file, 'before');
    expect(() => writeWhole(file, 'x'.repeat(100_000))).toThrow(/service\.json cannot be written: ENOSPC/);
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(readdirSync(directory.path)).toEqual(['service.json']);
  } finally {
    execFileSync('umount', [directory.path]);
  }
});
