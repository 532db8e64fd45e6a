import type { Limits } from './limits.ts';
import type { Result } from './measure.ts';
import type { Make } from './servers.ts';

export interface Measured {
  readonly make: Make;
  /** Milliseconds from the start to the first answer. */
  readonly starts: readonly number[];
  /** MiB of the largest process after the load. */
  readonly memory: number;
  readonly results: readonly Result[];
  readonly limits?: Limits;
}

/** Prints a table for people and, as the last line, JSON. */
export function comparison(title: string, measured: readonly Measured[]): void {
  const [ours, theirs] = measured;
  if (ours === undefined) return;
  const lines = [`API server: ${title}`, ''];
  const header = ['', 'items/s', 'p50 ms', 'p99 ms', 'server CPU ms', 'database CPU ms'];
  const others = theirs === undefined ? [] : ['Neutron items/s', 'Neutron CPU ms', 'times faster', 'times less CPU'];
  lines.push(row([...header, ...others]), row([...header, ...others].map((_, column) => (column === 0 ? '---' : '--:'))));
  for (const result of ours.results) {
    const other = theirs?.results.find(({ phase }) => phase === result.phase);
    const cells = [result.phase, result.itemsPerSecond, result.p50, result.p99, result.serverCpu, result.databaseCpu];
    const compared = other === undefined ? others.map(() => '') : [other.itemsPerSecond, other.serverCpu, result.itemsPerSecond / other.itemsPerSecond, other.serverCpu / result.serverCpu];
    lines.push(row([...cells, ...compared]));
  }
  lines.push('');
  for (const { make, starts, memory } of measured) lines.push(`${make}: first answer after ${starts.map(shown).join(', ')} ms; the largest process has ${shown(memory)} MiB in memory after the load`);
  if (ours.limits !== undefined) {
    const { create, bareTransaction, list, stringify } = ours.limits;
    lines.push(`a create takes ${shown(create)} ms, ${shown(create / bareTransaction)} times a bare transaction with its inserts (${shown(bareTransaction)} ms)`);
    lines.push(`the list takes ${shown(list)} ms, ${shown(list / stringify)} times JSON.stringify of its result (${shown(stringify)} ms)`);
  }
  process.stdout.write(`${lines.join('\n')}\n${JSON.stringify({ title, measured })}\n`);
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => (typeof cell === 'number' ? shown(cell) : cell)).join(' | ')} |`;
}

function shown(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString('en', { maximumSignificantDigits: 3 }) : '–';
}
