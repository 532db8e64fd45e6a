import { expect, test } from 'vitest';
import { run } from '../privileged/run.ts';
import { filterMemory, type FilterMemory } from './filter-memory.ts';
import type { Step } from './steps.ts';

/** Programs that print nothing: a host without rules. The generation is the test's own. */
const programs = { backend: 'nf_tables', save: { IPv4: 'true', IPv6: 'true' }, restore: { IPv4: 'true', IPv6: 'true' } } as const;
const guard = { sets: new Map(), ruleComments: new Map(), jumps: [] };
const step: Step = {
  kind: 'restore-chains', family: 'IPv4',
  changes: [{ table: 'filter', rewrite: new Map([['ours', ['-j DROP']]]), edit: new Map(), remove: [], insert: [], drop: [] }],
};
const ours = async (memory: FilterMemory): Promise<readonly string[] | undefined> => (await memory.read()).tables.IPv4.get('filter')?.get('ours');
const nft = await run(['nft', '--version']).then(() => true, () => false);

test.runIf(nft)('what this agent did is known, for as long as nobody else does anything', async () => {
  let generation = 7;
  const memory = filterMemory(programs, () => generation);
  expect(await ours(memory)).toBeUndefined();
  generation = 8;
  memory.taken([step], guard);
  expect(await ours(memory)).toEqual(['-j DROP']);
  generation = 9;
  expect(await ours(memory)).toBeUndefined();
});

test.runIf(nft)('a transaction of somebody else beside ours is noticed', async () => {
  let generation = 7;
  const memory = filterMemory(programs, () => generation);
  await memory.read();
  generation = 9;
  expect(memory.taken([step], guard)).toBe(false);
  expect(await ours(memory)).toBeUndefined();
});

test.runIf(nft)('what is as planned is kept as the plan has it', async () => {
  const memory = filterMemory(programs, () => 7);
  const state = await memory.read();
  const planned = { filter: new Map([['ours', ['-j DROP']]]), raw: new Map() };
  expect(memory.taken([], guard, { IPv4: planned, IPv6: { filter: new Map(), raw: new Map() } })).toBe(true);
  expect(await ours(memory)).toBe(planned.filter.get('ours'));
  expect(state.tables.IPv4.size).toBe(0);
});

test.runIf(nft)('where nothing counts the transactions nothing is remembered', async () => {
  for (const memory of [filterMemory({ ...programs, backend: 'legacy' }, () => 1), filterMemory(programs, () => undefined)]) {
    await memory.read();
    memory.taken([step], guard);
    expect(await ours(memory)).toBeUndefined();
  }
});
