import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/** The middle of the values; of an even number the lower one of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is the median of, or its extremes. */
  readonly all?: readonly number[];
  /** The most that it is to be. */
  readonly target?: number;
}

/** Prints a table for people and, as the last line, JSON. The load says how far the machine was disturbed. */
export function report(title: string, figures: readonly Figure[]): void {
  const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, loadAverage: loadavg()[0], node: process.version };
  const rows = figures.map(({ name, value, unit, all, target }) => [
    name, `${round(value)} ${unit}`, target === undefined ? '' : `${value <= target ? '✓' : '✗'} ${target} ${unit}`, all === undefined ? '' : `of ${all.map(round).join(', ')}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  process.stdout.write(`${title} (${machine.cores} × ${machine.cpu}, load ${round(machine.loadAverage ?? 0)})\n`);
  for (const [name = '', value = '', verdict = '', all = ''] of rows) {
    process.stdout.write(`  ${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${verdict.padEnd(widths[2] ?? 0)}  ${all}`.trimEnd().concat('\n'));
  }
  process.stdout.write(`${JSON.stringify({ title, machine, figures })}\n`);
}

/** MiB of a process's memory that are in RAM, shared pages included. */
export function residentMemory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
