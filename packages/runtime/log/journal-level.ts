import { fstatSync } from 'node:fs';

/** Levels of the log to those of syslog, which `journalctl -p warning` asks for. */
const LEVELS: Readonly<Record<string, number>> = { '10': 7, '20': 7, '30': 6, '40': 4, '50': 3, '60': 2 };

/** Whether what is written to this file goes to systemd's journal, as systemd.exec(5) has a program find out. */
export function goesToJournal(file: number, stream = process.env['JOURNAL_STREAM']): boolean {
  if (stream === undefined) return false;
  const { dev, ino } = fstatSync(file);
  return stream === `${dev}:${ino}`;
}

/** A line as the journal takes it: its level stands before it, and is not shown (sd-daemon(3)). It has to be one line. */
export function journalLine(json: string): string {
  const level = /^\{"level":(\d+)/.exec(json)?.[1] ?? '30';
  return `<${LEVELS[level] ?? 6}>${json}`;
}
