import { fileURLToPath } from 'node:url';
import type { HostProgram } from '../support/hosts/host-program.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';

/** Whose programs: ours, or Debian's. */
export type Make = 'ours' | 'neutron';
export type AgentName = 'linuxbridge' | 'dhcp' | 'metadata' | 'l3';

export interface AgentSurroundings {
  readonly transportUrl: string;
  readonly novaAddress: string;
  readonly secret: string;
  /** What is behind tunnels is told, and neighbours are answered for; else it is found out by multicast. */
  readonly l2Population: boolean;
}

/** Seconds between reports of an agent. */
const REPORT_INTERVAL = 5;

/**
 * Neutron's agents have what takes privilege done by programs of several threads, which share locks that are for one: when two threads meet there, the program hangs (its log has
 * `greenlet.error: cannot switch to a different thread`), and its agent with it. On the hosts each has one thread.
 */
const PRIVILEGED = ['privsep', 'privsep_conntrack', 'privsep_dhcp_release', 'privsep_link', 'privsep_namespace'];

/** Writes the files of the agents of a host; programs of either make read the same. */
export function writeAgentFiles(host: LabHost, { transportUrl, novaAddress, secret, l2Population }: AgentSurroundings): void {
  const write = (name: string, text: string): void => host.write(`/etc/neutron/${name}`, text);
  write('neutron.conf', `[DEFAULT]
host = ${host.name}
state_path = /var/lib/neutron
transport_url = ${transportUrl}
[agent]
report_interval = ${REPORT_INTERVAL}
root_helper = sudo /usr/bin/neutron-rootwrap /etc/neutron/rootwrap.conf
root_helper_daemon = sudo /usr/bin/neutron-rootwrap-daemon /etc/neutron/rootwrap.conf
[oslo_concurrency]
lock_path = /var/lib/neutron/lock
${PRIVILEGED.map((section) => `[${section}]\nthread_pool_size = 1\n`).join('')}`);
  write('plugins/ml2/linuxbridge_agent.ini', `[linux_bridge]
physical_interface_mappings = provider:eth0
[vxlan]
enable_vxlan = true
local_ip = ${host.address}
${l2Population ? 'l2_population = true\narp_responder = true\n' : ''}[securitygroup]
enable_security_group = true
enable_ipset = true
firewall_driver = iptables
`);
  write('dhcp_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\nenable_isolated_metadata = true\n');
  // Neutron's agent looks that often whether it has to ask for everything again: an agent that was switched off, or a broker that was away.
  write('l3_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\nperiodic_interval = 5\n[agent]\ncheck_child_processes_interval = 5\nextensions = port_forwarding\n');
  write('metadata_agent.ini', `[DEFAULT]
nova_metadata_host = ${novaAddress}
nova_metadata_port = 8775
metadata_proxy_shared_secret = ${secret}
metadata_workers = 1
`);
}

/**
 * Debian's ebtables (1.8.9 over nf_tables) refuses to delete a rule with --among-src by its text. Neutron's Linux bridge agent does that whenever a
 * port changes, and tries it for ever in vain, deaf to all else. On the hosts it is deleted by its number.
 */
const EBTABLES = `#!/bin/sh
real=/usr/sbin/ebtables-nft
case " $* " in
*" -D "*" --among-src "*)
  table=nat
  given="$*"
  while [ $# -gt 0 ] && [ "$1" != -D ]; do [ "$1" = -t ] && table=$2; shift; done
  chain=$2
  shift 2
  number=$($real -t "$table" -L "$chain" | sed -n '/^-/s/ *$//p' | grep -nxF -- "$*" | head -n1 | cut -d: -f1)
  [ -z "$number" ] || exec $real -t "$table" --concurrent -D "$chain" "$number"
  # shellcheck disable=SC2086
  set -- $given
  ;;
esac
exec $real "$@"
`;

/**
 * Bridges of Neutron's Linux bridge agent take addresses that routers advertise to instances, and then are not deleted, for the agent tries to give
 * these addresses to a device of an instance. Operators switch it off on their hosts.
 */
async function ignoreAdvertisements(host: LabHost): Promise<void> {
  await host.run(['sysctl', '-q', '-w', 'net.ipv6.conf.default.accept_ra=0']);
}

/** Puts it where the alternatives of the host lead, not of this machine. */
async function mendEbtables(host: LabHost): Promise<void> {
  const link = '/etc/alternatives/ebtables';
  await host.run(['rm', '-f', link]);
  host.write(link, EBTABLES);
  await host.run(['chmod', '755', link]);
}

/**
 * Zed's DHCP agents give each of their namespaces on a network the same address fe80::a9fe:a9fe. Where the kernel notices before the metadata
 * proxy starts, the agent gives the network up half-way and keeps what it has of it for ever, whatever its server says (Neutron's bug 1953165, which
 * later releases do not have). On the hosts it does as those: without IPv6, another agent serves that.
 */
const PROXY = '/usr/lib/python3/dist-packages/neutron/agent/metadata/driver.py';
const WAITS = /^ {12}ip_lib\.IpAddrCommand\([\s\S]*?wait_until_address_ready\(address=bind_address_v6\)$/m;

async function mendDuplicateAddress(host: LabHost): Promise<void> {
  const mended = host.read(PROXY).replace(WAITS, (waits) => [
    '            try:',
    ...waits.split('\n').map((line) => `    ${line}`),
    '            except ip_lib.AddressNotReady:',
    '                return cls.spawn_monitored_metadata_proxy(monitor, ns_name, port, conf, bind_address, network_id, router_id)',
  ].join('\n'));
  host.write('/etc/neutron/metadata-driver.py', mended);
  await host.run(['mount', '--bind', '/etc/neutron/metadata-driver.py', PROXY]);
}

/**
 * The program that tells Zed's L3 agent of a copy's state was once seen to hang since its start. Two of its threads open the namespace then, which may be why:
 * on the hosts the one that looks how things are begins when the one that watches them has.
 */
const STATE_CHANGE = '/usr/lib/python3/dist-packages/neutron/agent/l3/keepalived_state_change.py';
const STARTS_FIRST = / {8}self\._thread_initial_state\.start\(\)\n([\s\S]*?self\._thread_read_queue\.start\(\)\n)/;

async function mendStateChange(host: LabHost): Promise<void> {
  const mended = host.read(STATE_CHANGE).replace(STARTS_FIRST, '$1        self.event_started.wait()\n        self._thread_initial_state.start()\n');
  host.write('/etc/neutron/keepalived-state-change.py', mended);
  await host.run(['mount', '--bind', '/etc/neutron/keepalived-state-change.py', STATE_CHANGE]);
  // It is started by sudo, which forgets that nothing is to be kept of what is compiled.
  await host.run(['mount', '-t', 'tmpfs', 'tmpfs', STATE_CHANGE.replace(/[^/]*$/, '__pycache__')]);
}

const fileOf: Readonly<Record<AgentName, string>> = { linuxbridge: 'plugins/ml2/linuxbridge_agent.ini', dhcp: 'dhcp_agent.ini', metadata: 'metadata_agent.ini', l3: 'l3_agent.ini' };

export async function startAgent(host: LabHost, make: Make, name: AgentName): Promise<HostProgram> {
  const program = `neutron-${name}-agent`;
  const ours = [process.execPath, '--conditions=neutrino-source', fileURLToPath(import.meta.resolve(`@neutrino/agent/cmd/${program}`))];
  const files = ['neutron.conf', fileOf[name]].flatMap((file) => ['--config-file', `/etc/neutron/${file}`]);
  await host.run(['mkdir', '-p', '/var/lib/neutron/lock']);
  if (make === 'neutron' && name === 'linuxbridge') {
    await mendEbtables(host);
    await ignoreAdvertisements(host);
  }
  if (make === 'neutron' && name === 'l3') await mendStateChange(host);
  if (make === 'neutron' && name === 'dhcp') await mendDuplicateAddress(host);
  // What Python compiles of mended sources is for the host alone.
  return await host.start(program, [...(make === 'ours' ? ours : [`/usr/bin/${program}`]), ...files], { env: { PYTHONDONTWRITEBYTECODE: '1' } });
}
