import { expect, test } from 'vitest';
import { parseNftTables } from '../linux/nftables.ts';
import { deltaFormerGuard } from './former-guard.ts';

const chains = ['neutronMAC-tap1', 'neutronARP-tap1', 'neutronARP-tap2', 'somebody', 'PREROUTING'];
const jumps = chains.slice(0, 4).map((target, index) => ({ chain: 'PREROUTING', handle: 10 + index, expr: [{ match: {} }, { counter: { packets: 0, bytes: 0 } }, { jump: { target } }] }));
const table = parseNftTables(JSON.stringify({
  nftables: [
    { metainfo: { json_schema_version: 1 } }, { table: { family: 'bridge', name: 'nat', handle: 1 } },
    ...chains.map((name) => ({ chain: { family: 'bridge', table: 'nat', name } })),
    ...[...jumps, { chain: 'neutronMAC-tap1', handle: 2, expr: [{ drop: null }] }].map((rule) => ({ rule: { family: 'bridge', table: 'nat', ...rule } })),
  ],
})).get('nat');

test("chains of Neutron's agent go with what leads to them, and nothing of anybody else's", () => {
  expect(deltaFormerGuard(table, new Set(['tap2']))?.split('\n')).toEqual([
    'delete rule bridge nat PREROUTING handle 10', 'delete rule bridge nat PREROUTING handle 11', 'flush chain bridge nat neutronMAC-tap1', 'flush chain bridge nat neutronARP-tap1',
    'delete chain bridge nat neutronMAC-tap1', 'delete chain bridge nat neutronARP-tap1', '',
  ]);
});

test('where there are none nothing is done', () => {
  expect(deltaFormerGuard(undefined, new Set())).toBeUndefined();
  expect(deltaFormerGuard(table, new Set(['tap1', 'tap2']))).toBeUndefined();
});
