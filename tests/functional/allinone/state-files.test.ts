import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { readIdentity } from '@neutrino/allinone/host/process-identity';
import { listInstances, saveInstance } from '@neutrino/allinone/instances/instance-record';
import { isRunning } from '@neutrino/allinone/running-service';
import { openStateDirectory } from '@neutrino/allinone/state-directory';

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
