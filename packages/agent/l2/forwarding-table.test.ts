import { expect, test } from 'vitest';
import { forwardingTable } from './forwarding-table.ts';

const flood = ['00:00:00:00:00:00', '0.0.0.0'];
const one: [string, string] = ['fa:16:3e:00:00:01', '10.0.0.1'];
const two: [string, string] = ['fa:16:3e:00:00:02', '10.0.0.2'];
const message = (ports: Record<string, string[][]>, network = 'n') => ({ [network]: { segment_id: 7, network_type: 'vxlan', ports } });
const shown = (table: ReturnType<typeof forwardingTable>) => {
  const { flooded, ends, neighbours } = table.of('n') ?? { flooded: new Set(), ends: new Map(), neighbours: new Map() };
  return { flooded: [...flooded], ends: Object.fromEntries(ends), neighbours: Object.fromEntries(neighbours) };
};

test('entries come and go as told, but not those of other networks nor of this host', () => {
  const table = forwardingTable('192.0.2.1', (network) => network === 'n');
  table.add(message({ '192.0.2.2': [flood, one], '192.0.2.1': [flood, two] }));
  table.add(message({ '192.0.2.3': [flood] }, 'other'));
  expect(shown(table)).toEqual({ flooded: ['192.0.2.2'], ends: { [one[0]]: '192.0.2.2' }, neighbours: { [one[1]]: one[0] } });
  table.remove(message({ '192.0.2.2': [flood, one] }));
  expect(shown(table)).toEqual({ flooded: [], ends: {}, neighbours: {} });
});

test('a port with several addresses goes with all of them', () => {
  const table = forwardingTable('192.0.2.1', () => true);
  const both = [one, [one[0], 'fd00::1']];
  table.add(message({ '192.0.2.2': both }));
  table.remove(message({ '192.0.2.2': both }));
  expect(shown(table)).toMatchObject({ ends: {}, neighbours: {} });
});

test('a port that has moved stays where it is now, though its old place is told to be gone afterwards', () => {
  const table = forwardingTable('192.0.2.1', () => true);
  table.add(message({ '192.0.2.2': [one] }));
  table.add(message({ '192.0.2.3': [one] }));
  table.remove(message({ '192.0.2.2': [one] }));
  expect(shown(table)).toMatchObject({ ends: { [one[0]]: '192.0.2.3' }, neighbours: { [one[1]]: one[0] } });
});

test('another address of a port is answered for in the place of the old one', () => {
  const table = forwardingTable('192.0.2.1', () => true);
  table.add(message({ '192.0.2.2': [one] }));
  table.update({ chg_ip: { n: { '192.0.2.2': { before: [one], after: [[one[0], '10.0.0.9']] } } } });
  expect(shown(table)).toMatchObject({ ends: { [one[0]]: '192.0.2.2' }, neighbours: { '10.0.0.9': one[0] } });
});

test('where an address is that travels is found out, and forgotten where it was told; who asks is answered', () => {
  const table = forwardingTable('192.0.2.1', () => true);
  table.add(message({ '192.0.2.2': [flood, one], '192.0.2.3': [flood] }));
  const travelling = (ports: Record<string, string[][]>) => ({ n: { ...message(ports).n, travelling: [one] } });
  table.add(travelling({}));
  expect(shown(table)).toEqual({ flooded: ['192.0.2.2', '192.0.2.3'], ends: {}, neighbours: { [one[1]]: one[0] } });
  table.remove(travelling({ '192.0.2.3': [flood] }));
  expect(shown(table)).toEqual({ flooded: ['192.0.2.2'], ends: {}, neighbours: {} });
});

test('what the kernel has is taken in once, and what was told meanwhile counts more', () => {
  const table = forwardingTable('192.0.2.1', () => true);
  const found = { flooded: new Set(['192.0.2.4']), ends: new Map([[one[0], '192.0.2.4'], [two[0], '192.0.2.4']]), neighbours: new Map() };
  table.add(message({ '192.0.2.2': [one] }));
  table.adopt('n', found);
  expect(shown(table)).toMatchObject({ flooded: ['192.0.2.4'], ends: { [one[0]]: '192.0.2.2', [two[0]]: '192.0.2.4' } });
  table.remove(message({ '192.0.2.4': [flood] }));
  table.adopt('n', found);
  expect(shown(table).flooded).toEqual([]);
});

test('what is no message of this kind changes nothing', () => {
  const table = forwardingTable('192.0.2.1', () => true);
  for (const nonsense of [undefined, null, 3, [], { n: 3 }, { n: { ports: [] } }, message({ x: [one] }), message({ '192.0.2.2': [['x', 'y'], []] as string[][] })]) {
    table.add(nonsense);
    table.remove(nonsense);
    table.update(nonsense);
    table.update({ chg_ip: nonsense ?? null });
  }
  expect(shown(table)).toEqual({ flooded: [], ends: {}, neighbours: {} });
});
