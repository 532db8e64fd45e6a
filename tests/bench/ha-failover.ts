import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openHaRoutersLab, type HaRoutersLab } from '../support/ha-routers-lab.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { median, report } from './report.ts';

/**
 * `make ha-failover`: for how long nothing comes through a highly available router whose active host is cut off, or whose keepalived is killed. Real
 * programs on three hosts; a ping every tenth of a second to a floating IP, and one from inside. As root:
 * node --conditions=neutrino-source tests/bench/ha-failover.ts [--rounds 5] [--advert-int 2] [--l2-population]
 */
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, 'advert-int': { type: 'string', default: '2' }, 'l2-population': { type: 'boolean', default: false } } });
await using lab = await openHaRoutersLab({ l3: `ha_vrrp_advert_int = ${options['advert-int']}\n`, tunnels: options['l2-population'] ? 'l2population' : 'group' });

/** Seconds of silence, the longer of both ways. */
async function silence(fault: (active: LabHost) => Promise<void>, healed: (active: LabHost) => Promise<void>): Promise<number> {
  const active = await lab.untilOneIsActive();
  await untilAgreed(lab, active);
  const traffic = await lab.traffic();
  await sleep(1_000 + Math.random() * 1_000);
  await fault(active);
  await sleep(12_000);
  const { toFloatingIp, fromInside } = await traffic.stop();
  await healed(active);
  await sleep(5_000);
  return Math.max(toFloatingIp.longest, fromInside.longest);
}

/** Both agents are heard, and the addresses are on one host. */
async function untilAgreed({ list, hostsWithAddress }: HaRoutersLab, active: LabHost): Promise<void> {
  for (;;) {
    const agents = await list('agents?agent_type=L3%20agent', 'agents');
    if (agents.every(({ alive }) => alive === true) && (await hostsWithAddress()).join(' ') === active.name) return;
    await sleep(200);
  }
}

async function rounds(fault: (active: LabHost) => Promise<void>, healed: (active: LabHost) => Promise<void> = () => Promise.resolve()): Promise<readonly number[]> {
  const all: number[] = [];
  for (let round = 0; round < Number(options.rounds); round++) all.push(await silence(fault, healed));
  return all;
}

const keepalived = async (host: LabHost, signal: string): Promise<void> => {
  const pids = (await host.run(['pgrep', '-f', `keepalived.*${lab.routerId}/keepalived.conf`])).stdout.trim().split('\n');
  await host.run(['kill', signal, ...pids] as [string, ...string[]]);
};
const cut = await rounds((host) => host.cut(), (host) => host.heal());
const killed = await rounds((host) => keepalived(host, '-9'));
const ended = await rounds((host) => keepalived(host, '-15'));
const agent = await rounds((host) => lab.killL3(host), (host) => lab.startL3(host));
const target = 5;
report(`a highly available router, ha_vrrp_advert_int = ${options['advert-int']}: longest time without an answer`, [
  { name: 'host cut off, median', value: median(cut), unit: 's', all: cut, target },
  { name: 'host cut off, worst', value: Math.max(...cut), unit: 's', target },
  { name: 'keepalived killed (-9), median', value: median(killed), unit: 's', all: killed, target },
  { name: 'keepalived ended (-15), median', value: median(ended), unit: 's', all: ended, target },
  { name: 'L3 agent killed (-9), median', value: median(agent), unit: 's', all: agent },
]);
