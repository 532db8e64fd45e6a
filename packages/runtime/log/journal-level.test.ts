import { fstatSync } from 'node:fs';
import { expect, test } from 'vitest';
import { goesToJournal, journalLine } from './journal-level.ts';

test('a file is the journal where its device and number are those that systemd names', () => {
  const { dev, ino } = fstatSync(2);
  expect(goesToJournal(2, `${dev}:${ino}`)).toBe(true);
  expect(goesToJournal(2, `${dev}:${ino + 1}`)).toBe(false);
  expect(goesToJournal(2, '')).toBe(false);
});

test('the journal is told the level of each line', () => {
  const lines = [20, 30, 40, 50, 60].map((level) => journalLine(`{"level":${level},"msg":"m"}\n`));
  expect(lines.map((line) => line.slice(0, 3))).toEqual(['<7>', '<6>', '<4>', '<3>', '<2>']);
  expect(JSON.parse(lines[0]?.slice(3) ?? '')).toEqual({ level: 20, msg: 'm' });
  expect(journalLine('no JSON\n')).toBe('<6>no JSON\n');
});
