import { execute } from '@neutrino/agent/l2/execute';
import type { ChainEdit } from '@neutrino/agent/l2/steps';
import { findIptables } from '@neutrino/agent/linux/iptables';
import { pino } from 'pino';

/** Takes edits of chains of the filter, by chain, as JSON: to be run in a network namespace. Prints whether they were taken exactly. */
const edit = new Map(Object.entries(JSON.parse(process.argv[2] ?? '{}') as Record<string, ChainEdit>));
const changes = [{ table: 'filter', rewrite: new Map(), edit, remove: [], insert: [], drop: [] }];
const { exact } = await execute([{ kind: 'restore-chains', family: 'IPv4', changes }], { iptables: await findIptables(), log: pino({ level: 'silent' }) });
process.stdout.write(JSON.stringify(exact));
