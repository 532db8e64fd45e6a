import { expect, test } from 'vitest';
import { plannedWorkers, type WorkerSettings } from './planned-workers.ts';

const machine = { cores: 4, memoryBytes: 16 * 2 ** 30 };
const nothingSaid: WorkerSettings = { apiWorkers: null, rpcWorkers: null, hasBroker: true, hasSingleWriter: false };
const rolesOf = (settings: Partial<WorkerSettings>, on = machine): readonly string[] => plannedWorkers({ ...nothingSaid, ...settings }, on).map(({ role }) => role);

test('each core has a worker, as far as the memory goes, and all of them hear agents', () => {
  expect(rolesOf({})).toEqual(['all', 'all', 'all', 'all']);
  expect(rolesOf({}, { cores: 64, memoryBytes: 2 ** 40 })).toHaveLength(8);
  expect(rolesOf({}, { cores: 4, memoryBytes: 2 ** 29 })).toEqual(['all']);
});

test('what the configuration says goes; none means the one that there must be', () => {
  expect(rolesOf({ apiWorkers: 2 })).toEqual(['all', 'all']);
  expect(rolesOf({ apiWorkers: 0 })).toEqual(['all']);
  expect(rolesOf({ apiWorkers: 2, rpcWorkers: 1 })).toEqual(['api', 'api', 'rpc']);
  expect(rolesOf({ apiWorkers: 1, rpcWorkers: 0 })).toEqual(['all']);
});

test('workers for agents need a broker by which agents come', () => {
  expect(rolesOf({ apiWorkers: 2, rpcWorkers: 2, hasBroker: false })).toEqual(['all', 'all']);
});

test('SQLite has one writer, so one process unless more are asked for', () => {
  expect(rolesOf({ hasSingleWriter: true })).toEqual(['all']);
  expect(rolesOf({ hasSingleWriter: true, apiWorkers: 2 })).toEqual(['all', 'all']);
});
