import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { privateHost } from '../support/private-host.ts';

/**
 * Debian's Tempest against this server: each test that passes on the real Neutron and is about what this server has
 * (`tempest/extensions.txt`) has to pass here, but for those of `tempest/not-yet.txt`; those of `tempest/with-agents.txt` come
 * last, with agents that work. The whole cloud (Keystone, database, RabbitMQ, server and agents) runs in a private host.
 * Needs root, and Debian's tempest, neutron-tempest-plugin, keystone, rabbitmq-server (and mariadb-server for `--database mariadb`).
 */
await using host = await privateHost();
const script = join(import.meta.dirname, 'tempest/conformance-process.ts');
const [program, ...args] = [...host.enter, process.execPath, '--conditions=neutrino-source', script, ...process.argv.slice(2)] as [string, ...string[]];
const child = spawn(program, args, { stdio: 'inherit' });
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
