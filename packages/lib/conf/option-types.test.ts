import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OptionType } from './option.ts';
import { bool, choice, choiceIgnoringCase, dict, float, hostAddress, int, intChoice, ipAddress, list, multi, optional, port, str } from './option-types.ts';

const cases: readonly [string, OptionType<unknown>, string, unknown][] = [
  ['text keeps its blanks', str(), ' a ', ' a '],
  ['words of truth in any case', bool(), 'YES', true],
  ['words of untruth in any case', bool(), 'Off', false],
  ['whole numbers with blanks and sign', int(), ' -7 ', -7],
  ['numbers with a point', float(), '0.5', 0.5],
  ['a port', port(), '65535', 65535],
  ['a number of a few', intChoice([4, 6]), ' 6', 6],
  ['lists without the last comma', list(str()), ' a , b,,c,', ['a', 'b', '', 'c']],
  ['the empty list', list(str()), '  ', []],
  ['lists over several lines', list(int()), '1,\n2', [1, 2]],
  ['pairs', dict(int()), 'a:1, b:2', { a: 1, b: 2 }],
  ['pairs whose values have colons', dict(str()), 'a:b:c', { a: 'b:c' }],
  ['no pairs', dict(str()), '', {}],
  ['a word of a few', choice(['a', 'b']), 'b', 'b'],
  ['a word of a few in another case', choiceIgnoringCase(['None', 'MAC']), 'mac', 'MAC'],
  ['an address', ipAddress(), '::1', '::1'],
  ['a host by name', hostAddress(), 'controller-1.example.', 'controller-1.example'],
  ['a host by address', hostAddress(), '192.0.2.1', '192.0.2.1'],
  ['nothing', optional(int()), ' ', null],
  ['something', optional(int()), '3', 3],
  ['one of several values', multi(str()), 'x', ['x']],
];
test.each(cases)('%s', (_, type, text, value) => {
  expect(type.parse(text)).toEqual(value);
});

const refusals: readonly [OptionType<unknown>, string, string][] = [
  [bool(), 'maybe', 'expected true or false, found "maybe"'],
  [int(), '1.5', 'expected whole number, found "1.5"'],
  [int(), '', 'expected whole number, found ""'],
  [int({ min: 1 }), '0', 'expected whole number from 1, found "0"'],
  [port(), '65536', 'expected whole number from 0 to 65535'],
  [float(), 'NaN', 'expected number'],
  [intChoice([4, 6]), '5', 'expected one of 4, 6, found "5"'],
  [choice(['a', 'b']), 'A', 'expected one of a, b, found "A"'],
  [dict(str()), 'eth0', 'expected pairs name:value'],
  [dict(str()), 'a:1,a:2', 'the name "a" is given twice'],
  [list(int()), '1,x', 'expected whole number, found "x"'],
  [ipAddress(4), '::1', 'expected IPv4 address'],
  [hostAddress(), '192.0.2.256', 'expected IP address or host name'],
  [hostAddress(), '-a', 'expected IP address or host name'],
];
test.each(refusals)('%o refuses %j and says what it expected', (type, text, reason) => {
  expect(() => type.parse(text)).toThrow(reason);
});

test('what a type writes, it reads back', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  fc.assert(
    fc.property(fc.array(word), fc.dictionary(word, fc.integer()), fc.boolean(), fc.option(fc.integer()), (words, pairs, truth, number) => {
      expect(list(str()).parse(list(str()).format(words))).toEqual(words);
      expect(dict(int()).parse(dict(int()).format(pairs))).toEqual({ ...pairs });
      expect(bool().parse(bool().format(truth))).toBe(truth);
      expect(optional(int()).parse(optional(int()).format(number))).toBe(number);
    }),
  );
});
