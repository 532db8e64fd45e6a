import type { Command } from 'commander';
import type { CommandEnvironment } from './command-environment.ts';
import { groupAt } from './command-names.ts';
import { idOf, listIn } from './find-by-name.ts';
import { listText, withPrinting, type Printing } from './printing.ts';

/** Which networks a DHCP agent serves, and which agents serve a network; in the old client's names. */
export function addAgentCommands(program: Command, { api, session, write }: CommandEnvironment): void {
  const [agents, networks] = [api.resource('agents'), api.resource('networks')];

  withPrinting(program.command('net-list-on-dhcp-agent <agent>', { hidden: true })).action(async (agent: string, options: Printing) => {
    const here = await session();
    const answer = await here.request('GET', `/v2.0/agents/${encodeURIComponent(await idOf(here, agents, agent))}/dhcp-networks`);
    write(listText(listIn(answer, 'networks'), options, ['id', 'name', 'subnets']));
  });
  withPrinting(program.command('dhcp-agent-list-hosting-net <network>', { hidden: true })).action(async (network: string, options: Printing) => {
    const here = await session();
    const answer = await here.request('GET', `/v2.0/networks/${encodeURIComponent(await idOf(here, networks, network))}/dhcp-agents`);
    write(listText(listIn(answer, 'agents'), options, ['id', 'host', 'admin_state_up', 'alive']));
  });
  const add = async (agent: string, network: string): Promise<void> => {
    const here = await session();
    const body = { network_id: await idOf(here, networks, network) };
    await here.request('POST', `/v2.0/agents/${encodeURIComponent(await idOf(here, agents, agent))}/dhcp-networks`, body);
    write(`Added network ${network} to DHCP agent\n`);
  };
  const remove = async (agent: string, network: string): Promise<void> => {
    const here = await session();
    const path = [await idOf(here, agents, agent), 'dhcp-networks', await idOf(here, networks, network)].map(encodeURIComponent).join('/');
    await here.request('DELETE', `/v2.0/agents/${path}`);
    write(`Removed network ${network} from DHCP agent\n`);
  };
  program.command('dhcp-agent-network-add <agent> <network>', { hidden: true }).action(add);
  program.command('dhcp-agent-network-remove <agent> <network>', { hidden: true }).action(remove);
  // openstack's words; other kinds of agents have other things than networks.
  groupAt(program, ['network', 'agent', 'add']).command('network <agent> <network>').description('have a DHCP agent serve a network').requiredOption('--dhcp', 'the agent is a DHCP agent').action(add);
  groupAt(program, ['network', 'agent', 'remove']).command('network <agent> <network>').description('have a DHCP agent serve a network no longer').requiredOption('--dhcp', 'the agent is a DHCP agent').action(remove);
}
