import { setTimeout as sleep } from 'node:timers/promises';
import type { HostProgram } from '../support/hosts/host-program.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import type { AgentProgram } from '../support/hosts/two-hosts-lab.ts';
import type { Cloud } from './cloud.ts';
import { oneOf } from './random.ts';

export interface Fault {
  readonly name: string;
  /** How long it lasts, in seconds; in a quick run. */
  readonly seconds: number;
  readonly quickSeconds: number;
  /** Streams that it may interrupt, by the names of hosts in them. */
  readonly spares?: (stream: string, cloud: Cloud) => boolean;
  /** Inflicts it; gives what heals it. Healing ends when what is not this project's is up, and this project's programs are started. */
  readonly inflict: (cloud: Cloud, random: () => number) => Promise<() => Promise<void>>;
}

const controllerPrograms = ['neutron-server', 'neutron-linuxbridge-agent', 'neutron-dhcp-agent', 'neutron-metadata-agent'] as const;
const routingPrograms = ['neutron-linuxbridge-agent', 'neutron-l3-agent', 'neutron-metadata-agent'] as const;
/** Each of a server's workers says so. */
const ANSWERS = 'the network API answers';
/** Those of which several can be at once: none undoes what heals another. */
const COMBINED = /^(broker killed|broker cut from a host|database killed|server killed|neutron-.* killed)$/;

export const faults: readonly Fault[] = [
  {
    name: 'broker killed',
    seconds: 10, quickSeconds: 3,
    inflict: async ({ lab: { services } }) => {
      await services.rabbitmq.kill();
      return () => services.rabbitmq.start();
    },
  },
  {
    name: 'broker cut from a host',
    seconds: 300, quickSeconds: 40,
    inflict: (cloud) => cutFromBroker(cloud, last(cloud)),
  },
  {
    name: 'database restarted',
    seconds: 10, quickSeconds: 3,
    inflict: async ({ lab: { services } }) => {
      await services.mariadb.stop();
      return () => services.mariadb.start();
    },
  },
  {
    name: 'database killed',
    seconds: 10, quickSeconds: 3,
    inflict: async ({ lab: { services } }) => {
      await services.mariadb.kill();
      return () => services.mariadb.start();
    },
  },
  {
    name: 'server killed',
    seconds: 5, quickSeconds: 2,
    inflict: async ({ lab }) => {
      await lab.program(lab.controller, 'neutron-server').kill();
      return async () => void (await lab.start(lab.controller, 'neutron-server'));
    },
  },
  agentKilled('neutron-linuxbridge-agent', last),
  agentKilled('neutron-dhcp-agent', ({ lab }) => lab.controller),
  agentKilled('neutron-metadata-agent', ({ lab }) => lab.controller),
  agentKilled('neutron-l3-agent', ({ routing }) => routing.host),
  {
    name: 'all agents on the host of routers killed',
    seconds: 5, quickSeconds: 2,
    inflict: async ({ lab, routing: { host } }) => {
      await Promise.all(routingPrograms.map((name) => lab.program(host, name).kill()));
      return async () => void (await Promise.all(routingPrograms.map((name) => lab.start(host, name))));
    },
  },
  {
    name: 'broker cut from the host of routers',
    seconds: 300, quickSeconds: 40,
    inflict: (cloud) => cutFromBroker(cloud, cloud.routing.host),
  },
  {
    name: 'server killed again and again',
    seconds: 2, quickSeconds: 2,
    inflict: async ({ lab }, random) => {
      const workers = lab.program(lab.controller, 'neutron-server').output().split(ANSWERS).length - 1;
      for (let count = 0; count < 3; count++) {
        await lab.program(lab.controller, 'neutron-server').kill();
        const server = await lab.start(lab.controller, 'neutron-server');
        // All of its workers, which come one after the other.
        await server.says(new RegExp(`(?:${ANSWERS}[^]*){${workers}}`));
        // Long enough for what the dead one had begun: a question that kills two servers is not asked of a third.
        await sleep(6000 + random() * 3000);
      }
      await lab.program(lab.controller, 'neutron-server').kill();
      return async () => void (await lab.start(lab.controller, 'neutron-server'));
    },
  },
  {
    name: 'router changed by somebody',
    // A minute: the agent looks at every router as often.
    seconds: 65, quickSeconds: 65,
    spares: (stream) => stream.includes('router'),
    inflict: async (cloud) => {
      const { host, router } = cloud.routing;
      const namespace = `qrouter-${router}`;
      await host.run(['bash', '-e', '-c', `iptables -t nat -F
ip address delete 10.2.0.1/24 dev $(ip -o -4 address | grep -F 10.2.0.1/ | awk '{ print $2 }')
ip route delete default
`], { netns: namespace });
      // The agent hears of that at once, and looks at the whole router.
      await host.run(['bash', '-e', '-c', `kill -KILL $(cat /var/lib/neutron/external/pids/${router}.pid.radvd)`]);
      // Nobody does anything about it: the agent does.
      return async () => undefined;
    },
  },
  {
    name: 'compute host cut off',
    seconds: 90, quickSeconds: 20,
    spares: (stream, cloud) => stream.includes(last(cloud).name) && stream.includes(' to '),
    inflict: async (cloud) => {
      const host = last(cloud);
      await host.cut();
      return () => host.heal();
    },
  },
  {
    name: 'one server of two killed',
    seconds: 5, quickSeconds: 2,
    inflict: async (cloud) => {
      const { lab } = cloud;
      await cloud.startSecondServer();
      await lab.program(lab.controller, 'neutron-server').kill();
      // What is left must do: the killed one stays dead until the next fault wants it.
      return async () => undefined;
    },
  },
  {
    name: 'controller killed',
    seconds: 10, quickSeconds: 3,
    inflict: async ({ lab }) => {
      await Promise.all([
        ...controllerPrograms.map((name) => lab.program(lab.controller, name).kill()),
        ...Object.values(lab.services).map((service: { kill(): Promise<void> }) => service.kill()),
        lab.controller.run(['pkill', '-KILL', 'dnsmasq'], { accept: [1] }),
      ]);
      return async () => {
        await Promise.all(Object.values(lab.services).map((service: { start(): Promise<void> }) => service.start()));
        await Promise.all(controllerPrograms.map((name) => lab.start(lab.controller, name)));
      };
    },
  },
  {
    name: 'several at once, at random',
    seconds: 60, quickSeconds: 20,
    inflict: async (cloud, random) => {
      const heal: (() => Promise<void>)[] = [];
      const candidates = faults.filter(({ name }) => COMBINED.test(name));
      for (let count = 0; count < 4; count++) {
        const fault = oneOf(random, candidates as [Fault]);
        candidates.splice(candidates.indexOf(fault), 1);
        process.stdout.write(`    ${fault.name}\n`);
        heal.push(await fault.inflict(cloud, random));
        await sleep(random() * 3000);
      }
      return async () => {
        for (const mend of heal.map((each) => ({ each, order: random() })).toSorted((a, b) => a.order - b.order)) await mend.each();
      };
    },
  },
];

function last({ lab }: Cloud): LabHost {
  return lab.computes.at(-1) ?? lab.controller;
}

function agentKilled(name: AgentProgram, on: (cloud: Cloud) => LabHost): Fault {
  return {
    name: `${name} killed`,
    seconds: 5, quickSeconds: 2,
    inflict: async (cloud) => {
      const host = on(cloud);
      const program: HostProgram = cloud.lab.program(host, name);
      await program.kill();
      return async () => void (await cloud.lab.start(host, name));
    },
  };
}

/** Packets between a host and the broker are dropped on their way; everything else goes on. */
async function cutFromBroker({ lab: { underlay, controller } }: Cloud, host: LabHost): Promise<() => Promise<void>> {
  const table = `cut-${host.name}`;
  await underlay.run(['nft', '-f', '-'], {
    input: `table bridge ${table} {
  chain forward {
    type filter hook forward priority 0;
    ip saddr ${host.address} ip daddr ${controller.address} tcp dport 5672 drop
    ip saddr ${controller.address} ip daddr ${host.address} tcp sport 5672 drop
  }
}
`,
  });
  return async () => void (await underlay.run(['nft', 'delete', 'table', 'bridge', table]));
}
