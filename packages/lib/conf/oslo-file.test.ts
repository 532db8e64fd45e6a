import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MalformedFile, parseOsloFile } from './oslo-file.ts';

const read = (text: string): readonly [string, string, string, number][] =>
  parseOsloFile(text, 'f').entries.map(({ section, name, value, line }) => [section, name, value, line]);

test('sections, both assignment signs, comments and empty lines', () => {
  expect(read('# c\n[DEFAULT]\na = 1\nb: 2=3\n; c\nc=x:y\n\n[Ml2]\nd=\n')).toEqual([
    ['DEFAULT', 'a', '1', 3],
    ['DEFAULT', 'b', '2=3', 4],
    ['DEFAULT', 'c', 'x:y', 6],
    ['ml2', 'd', '', 9],
  ]);
});

test('indented lines continue a value until an empty line, even if they look like comments', () => {
  expect(read('[DEFAULT]\na = 1,\n  2,\n\t# 3\nb = x')).toEqual([
    ['DEFAULT', 'a', '1,\n2,\n# 3', 2],
    ['DEFAULT', 'b', 'x', 5],
  ]);
  expect(() => read('[DEFAULT]\na = 1\n\n  2')).toThrow('f:4: the line is indented');
});

test('one pair of equal quotes is taken off, and nothing else', () => {
  expect(read(`[DEFAULT]\na = " x "\nb = 'y'\nc = "z'\nd = "\ne = ""q""`).map(([, , value]) => value)).toEqual([' x ', 'y', `"z'`, '', '"q"']);
});

test('a repeated key is kept each time, and names keep their case', () => {
  expect(read('[DEFAULT]\na = 1\nA = 2\na = 3').map(([, name, value]) => name + value)).toEqual(['a1', 'A2', 'a3']);
});

test('a byte order mark and DOS line ends do not matter', () => {
  expect(read('\uFEFF[DEFAULT]\r\na = 1\r\n')).toEqual([['DEFAULT', 'a', '1', 2]]);
});

test.each([
  ['a = 1', 'f:1: option a stands before the first [section]'],
  ['[DEFAULT', 'f:1: a section must be a name in brackets'],
  ['[]', 'f:1: a section must be a name in brackets'],
  ['[DEFAULT]\njunk', "f:2: expected a [section] or 'name = value'"],
  ['[DEFAULT]\n= 1', "f:2: expected a [section] or 'name = value'"],
  ['  a = 1', 'f:1: the line is indented'],
])('%j is refused with file, line and reason', (text, reason) => {
  expect(() => read(text)).toThrow(reason);
});

test('any text is read or refused with its place, never with another error', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('[a]', 'k = v', '  c', '#', ''))), (lines) => {
      try {
        parseOsloFile(lines.join('\n'), 'f');
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedFile);
        expect((error as Error).message).toMatch(/^f:\d+: /);
      }
    }),
  );
});
