import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCloud } from './cloud.ts';
import { faults } from './faults.ts';
import { isGood, suffer, untilAgreed, type Outcome } from './suffer.ts';

/*
 * `make chaos`: faults, one after the other, on a controller and two compute hosts with everything real, while instances talk, also through a
 * router and with the outside, and the API is written to. After each, API, kernels and agents must agree within 30 s; no acknowledged write may be lost,
 * nor a packet of streams whose hosts and link were left alone.
 *
 *     CHAOS_ARGS="--quick --only broker --only 'server killed' --seed 7 --rounds 3 --l2population --logs DIR"
 */
const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    l2population: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    /** Where programs' logs are kept after the end. */
    logs: { type: 'string' },
  },
});

const began = Date.now();
const tell = (text: string): void => void process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(7)}  ${text}\n`);

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${(ms / 1000).toFixed(1)} s`;
}

function print(rows: readonly Outcome[]): void {
  const cells = rows.map((row) => [
    row.fault,
    seconds(row.agreedMs),
    `${row.acknowledged} / ${row.lostWrites.length}`,
    String(row.failed),
    `${row.sent} / ${row.lostPackets}`,
    `${row.longestMs} ms`,
    isGood(row) ? 'good' : 'BAD',
  ]);
  const header = ['fault', 'agreed after', 'writes acknowledged / lost', 'failed', 'packets sent / lost', 'longest wait', 'verdict'];
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  for (const row of [header, ...cells]) process.stdout.write(`${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`);
}

const chosen = faults.filter(({ name }) => args.only.length === 0 || args.only.some((part) => name.includes(part)));
if (chosen.length === 0) throw new Error(`--only must be part of one of: ${faults.map(({ name }) => name).join(', ')}`);
const rows: Outcome[] = [];
{
  await using cloud = await openCloud({ tell, l2population: args.l2population, own: 'built' });
  tell('they agree before the first fault');
  const before = await untilAgreed(cloud, performance.now());
  if (before.complaints.length > 0) throw new Error(before.complaints.join('\n'));
  for (let round = 0; round < Number(args.rounds); round++) {
    for (const fault of chosen) {
      const outcome = await suffer(cloud, fault, { seconds: args.quick ? fault.quickSeconds : fault.seconds, seed: Number(args.seed) + round, tell });
      rows.push(outcome);
      tell(`  ${isGood(outcome) ? 'good' : 'BAD'}: agreed after ${seconds(outcome.agreedMs)}, ${outcome.acknowledged} writes acknowledged, ${outcome.lostWrites.length} lost, ${outcome.lostPackets} packets lost`);
    }
  }
  if (args.logs !== undefined) for (const host of cloud.lab.hosts) cpSync(host.path('/var/log'), join(args.logs, host.name), { recursive: true });
}
print(rows);
process.exitCode = rows.every(isGood) ? 0 : 1;
