import { expect, test } from 'vitest';
import { printList, printOne } from './print.ts';

const rows = [
  { id: '1', name: 'blue', subnets: ['a', 'b'], shared: false },
  { id: '22', name: '', subnets: [], shared: true, fixed_ips: [{ ip_address: '10.0.0.2' }] },
];

test('a table has a rule under its head and none between its rows', () => {
  expect(printList(rows, ['id', 'name', 'subnets', 'shared'], 'table')).toBe(
    ['+----+------+---------+--------+', '| id | name | subnets | shared |', '+----+------+---------+--------+', '| 1  | blue | a       | False  |', '|    |      | b       |        |', '| 22 |      |         | True   |', '+----+------+---------+--------+', ''].join('\n'),
  );
});

test('wide characters keep the columns straight, and control characters do not reach the terminal', () => {
  const lines = printList([{ name: '網路' }, { name: 'a\u001b[2Jb' }], ['name'], 'table').split('\n');
  expect(lines[3]).toBe('| 網路   |');
  expect(lines[4]).toBe('| a [2Jb |');
});

test('values for scripts take one line each, and CSV is quoted', () => {
  expect(printList(rows, ['name', 'subnets'], 'value')).toBe('blue ["a","b"]\n []\n');
  expect(printList([{ name: 'say "hi", twice' }], ['name'], 'csv')).toBe('"name"\n"say ""hi"", twice"\n');
  expect(printOne(rows[0] ?? {}, ['name', 'shared', 'absent'], 'value')).toBe('blue\nFalse\n');
});

test('JSON and YAML keep the types', () => {
  expect(JSON.parse(printList(rows, ['id', 'shared'], 'json'))).toEqual([{ id: '1', shared: false }, { id: '22', shared: true }]);
  expect(printOne({ name: 'x', mtu: 1450 }, ['name', 'mtu'], 'yaml')).toBe('name: x\nmtu: 1450\n');
});

test('a list of nothing is an empty line in a table, and an empty list in JSON', () => {
  expect(printList([], ['id'], 'table')).toBe('\n');
  expect(printList([], ['id'], 'json')).toBe('[]\n');
});
