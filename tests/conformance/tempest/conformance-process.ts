import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startCloud } from './cloud.ts';
import { linesOf, runSuite, type TempestResult } from './run-suite.ts';

/** What `tempest-conformance.ts` runs in a private host. Exits 1 where a test does not pass that should. */
const { values: options } = parseArgs({
  options: {
    select: { type: 'string', default: String.raw`^(tempest\.api\.network|neutron_tempest_plugin\.api)\.` },
    database: { type: 'string', default: 'sqlite' },
    concurrency: { type: 'string', default: '2' },
    /** Where results and logs stay. */
    output: { type: 'string', default: resolve(import.meta.dirname, '../../../.cache/conformance') },
  },
});

const directory = resolve(options.output);
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
await using cloud = await startCloud(options.database);
const begun = performance.now();
const withAgents = linesOf('with-agents.txt').filter((id) => new RegExp(options.select).test(id));
const results = [
  ...(await runSuite(cloud, { select: options.select, without: withAgents, concurrency: Number(options.concurrency), directory })),
  ...(withAgents.length === 0 ? [] : await runWithAgents(withAgents)),
];
const seconds = Math.round((performance.now() - begun) / 1000);
writeFileSync(join(directory, 'server.log'), cloud.serverLog());
writeFileSync(join(directory, 'results.tsv'), results.map(({ id, status, seconds: took }) => `${id}\t${status}\t${took.toFixed(3)}\n`).join(''));
writeFileSync(join(directory, 'failures.txt'), results.filter(({ status }) => status === 'fail').map(({ id, details }) => `=== ${id}\n${details}\n\n`).join(''));

const wanted = new Set(linesOf('passes-on-neutron.txt'));
const excused = new Map(linesOf('not-yet.txt').map((line) => line.split('\t') as [string, string]));
const ran = new RegExp(options.select);
const passed = new Set(results.filter(({ status }) => status === 'pass').map(({ id }) => id));
const missing = [...wanted].filter((id) => ran.test(id) && !passed.has(id));
for (const id of missing) console.log(`${excused.has(id) ? 'not yet' : 'FAILED '} ${id}${excused.has(id) ? ` — ${excused.get(id)}` : ''}`);
for (const id of excused.keys()) if (passed.has(id)) console.log(`not-yet.txt names a test that passes: ${id}`);
const count = (status: string): number => results.filter((result) => result.status === status).length;
const failed = missing.filter((id) => !excused.has(id));
console.log(`Tempest on ${options.database}: ${count('pass')} pass, ${count('fail')} fail, ${count('skip')} skip in ${seconds} s; logs in ${directory}`);
console.log(`of the ${[...wanted].filter((id) => ran.test(id)).length} tests that pass on the real Neutron, ${missing.length} do not pass here (${missing.length - failed.length} of them known)`);
if (failed.length > 0 || results.length === 0) process.exitCode = 1;

/** One after the other: with agents, each has work to do on all that the others make. */
async function runWithAgents(ids: readonly string[]): Promise<readonly TempestResult[]> {
  await using _agents = await cloud.startAgents();
  const select = `^(${ids.map((id) => id.replaceAll('.', String.raw`\.`)).join('|')})`;
  return await runSuite(cloud, { select, concurrency: 1, directory: join(directory, 'with-agents') });
}
