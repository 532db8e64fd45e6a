import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSession, type Session } from '@neutrino/client/session';
import { CLOUD, DEMO_CLOUD, readCloud } from '../cloud-files.ts';
import type { Host } from '../host/host.ts';
import { destroyPrivateHost } from '../host/private-host.ts';
import { createInstance, deleteInstance, waitFor, waitForLease } from '../instances/instance-service.ts';
import { listInstances } from '../instances/instance-record.ts';
import { startService, type Service } from '../service.ts';
import { openStateDirectory } from '../state-directory.ts';
import { leftoversOn } from '../host/leftovers.ts';
import { expect } from './expect.ts';
import { guestOf, type Guest } from './guest.ts';
import { routed } from './routed.ts';
import { createStage, StepFailed, type Stage } from './stage.ts';
import { unwire, wire } from './wiring.ts';

/** The example's addresses; both projects use the same ones, on purpose. */
const CIDR = '10.10.0.0/24';
const FIRST = '10.10.0.11';
const SECOND = '10.10.0.12';
const SPOOFED = '10.10.0.77';
const WEB_PORT = 8080;
const TIMEOUT_MS = 60_000;

export interface DemoOptions {
  readonly write: (text: string) => void;
  readonly interactive: boolean;
  readonly configFiles: readonly string[];
  readonly configDirs: readonly string[];
  readonly debug: boolean;
  readonly signal: AbortSignal;
}

/**
 * Shows the main job on a service of its own, in a state directory and a private host that are gone
 * afterwards. Resolves to the exit status: 0, or 1 after the first step that fails.
 */
export async function demo(options: DemoOptions): Promise<number> {
  const { write, signal, configFiles, configDirs, debug } = options;
  const state = openStateDirectory(await mkdtemp(join(tmpdir(), 'neutrino-demo-')));
  const stage = createStage(write, options.interactive);
  write('Neutrino: an OpenStack network, from the API call to the packet\n\n       step    total\n');
  let service: Service | undefined;
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await service?.[Symbol.asyncDispose]();
    await destroyPrivateHost(state);
  };
  try {
    service = await stage.step(
      'start Neutrino: identity, API, agents, on a private host',
      () => startService({ state, hostNetwork: false, apiPort: 0, identityPort: 0, configFiles, configDirs, quiet: true, debug, signal }),
      ({ networkUrl }) => `API at ${networkUrl}`,
    );
    const host = service.host;
    if (host === undefined) throw new StepFailed('start Neutrino', 'the data path needs root: run this as root');
    await mainJob({ stage, service, host, state, signal });
    await stage.step('stop', stop);
    write('\nAll of it worked, and nothing is left behind. To start it to stay:  make up\n');
    return 0;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    write(`\nFAILED at "${error.title}": ${error.message}\n\n${lastLines(state.logs)}`);
    return 1;
  } finally {
    await stop();
    await rm(state.path, { recursive: true, force: true });
  }
}

interface Scene {
  readonly stage: Stage;
  readonly service: Service;
  readonly host: Host;
  readonly state: ReturnType<typeof openStateDirectory>;
  readonly signal: AbortSignal;
}

async function mainJob(scene: Scene): Promise<void> {
  const { stage, service, host, state, signal } = scene;
  const admin = await openSession(readCloud(state, CLOUD));
  const user = await openSession(readCloud(state, DEMO_CLOUD));
  const step: Stage['step'] = (title, work, note) => {
    signal.throwIfAborted();
    return stage.step(title, work, note);
  };
  const boot = async (session: Session, name: string, portId: string): Promise<Guest> =>
    guestOf(host, await createInstance({ state, host, hostName: service.hostName, user: session, admin }, name, { portId }));

  const mine = await step(
    'create a network, a subnet, a security group and two ports',
    () => wire(user, 'demo', CIDR, [FIRST, SECOND]),
    ({ network }) => `network ${network}, subnet ${CIDR}`,
  );

  const [alice, bob] = await step('boot two instances; the agent wires their ports ACTIVE', () =>
    Promise.all([boot(user, 'alice', mine.ports[0] ?? ''), boot(user, 'bob', mine.ports[1] ?? '')]),
  );

  const lease = async (): Promise<string> => {
    const leases = await Promise.all([alice, bob].map((guest) => waitForLease(state, guest.record, TIMEOUT_MS)));
    expect(leases[0]?.address === FIRST && leases[1]?.address === SECOND, `leased ${leases.map(({ address }) => address).join(' and ')}`);
    return leases[0]?.server ?? '';
  };
  await step('each gets its address by DHCP', lease, (server) => `alice ${FIRST}, bob ${SECOND}, from dnsmasq at ${server}`);

  await step('they ping each other', async () => {
    expect(await alice.pings(SECOND), `alice got no answer from ${SECOND}`);
    expect(await bob.pings(FIRST), `bob got no answer from ${FIRST}`);
  });

  const page = `hello from bob ${randomBytes(4).toString('hex')}`;
  const url = `http://${SECOND}:${WEB_PORT}/`;
  await step(`TCP port ${WEB_PORT} of bob, which no rule allows, is refused`, async () => {
    bob.serves(WEB_PORT, page);
    await waitFor('the web server inside bob', TIMEOUT_MS, () => bob.fetches(`http://127.0.0.1:${WEB_PORT}/`, 1));
    expect((await alice.fetches(url, 1)) === undefined, `${url} answered although no rule allows it`);
  });

  await step('one API call adds a rule, and it answers', async () => {
    await user.request('POST', '/v2.0/security-group-rules', {
      security_group_rule: {
        security_group_id: mine.group, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp',
        port_range_min: WEB_PORT, port_range_max: WEB_PORT,
      },
    });
    const answer = await waitFor(`${url} to answer`, TIMEOUT_MS, () => alice.fetches(url, 1));
    expect(answer === page, `${url} answered ${JSON.stringify(answer)}`);
  });

  await spoofing(step, user, alice, bob, mine.group);

  await step('http://169.254.169.254/ answers with that instance\'s metadata', async () => {
    for (const guest of [alice, bob]) {
      const text = await waitFor('the metadata service', TIMEOUT_MS, () => guest.fetches('http://169.254.169.254/openstack/latest/meta_data.json', 2));
      const metadata = JSON.parse(text) as { uuid?: string; name?: string };
      expect(metadata.uuid === guest.record.id, `${guest.record.name} was told ${text}`);
    }
  }, () => `alice is ${alice.record.id}`);

  const theirs = await step('another project makes a network with the same addresses', () => wire(admin, 'other', CIDR, [SECOND]));
  await step('its instance cannot be reached, nor reach ours', async () => {
    const carol = await boot(admin, 'carol', theirs.ports[0] ?? '');
    const lease = await waitForLease(state, carol.record, TIMEOUT_MS);
    expect(lease.address === SECOND, `carol leased ${lease.address}`);
    expect(await carol.pings(lease.server), `carol cannot even reach her own network's DHCP server at ${lease.server}`);
    expect(!(await carol.pings(FIRST, { count: 1 })), `carol reached ${FIRST} on the other project's network`);
    carol.serves(WEB_PORT, 'hello from carol');
    expect((await alice.fetches(url, 30)) === page, `at ${SECOND} alice did not find bob`);
    await expectRefused(user, `/v2.0/networks/${theirs.network}`);
  });

  const removeRouted = !(await hasRouters(user)) ? undefined : await routed({
    step, host, admin, user,
    boot: async (portId) => {
      const dave = await boot(user, 'dave', portId);
      await waitForLease(state, dave.record, TIMEOUT_MS);
      return dave;
    },
    front: { wiring: mine, client: alice, clientAddress: FIRST, server: bob, port: WEB_PORT, page },
  });

  await step('delete everything', async () => {
    for (const record of listInstances(state)) await deleteInstance({ state, host, admin }, record);
    await removeRouted?.();
    await unwire(user, mine);
    await unwire(admin, theirs);
  });
  await step('nothing is left in the kernel', async () => {
    let left: readonly string[] = [];
    const deadline = Date.now() + TIMEOUT_MS;
    do {
      left = await leftoversOn(host, state.agents);
      if (left.length > 0) await sleep(100);
    } while (left.length > 0 && Date.now() < deadline);
    expect(left.length === 0, `still there: ${left.join(', ')}`);
  }, () => 'no bridge, device, namespace, firewall rule, set or dnsmasq');
}

/** A configuration may be without them. */
async function hasRouters(session: Session): Promise<boolean> {
  const { extensions } = (await session.request('GET', '/v2.0/extensions')) as unknown as { extensions: readonly { alias: string }[] };
  return extensions.some(({ alias }) => alias === 'router');
}

/** Each attack is tried twice: with port security it fails, without it the very same packets pass. */
async function spoofing(step: Stage['step'], user: Session, alice: Guest, bob: Guest, group: string): Promise<void> {
  const port = `/v2.0/ports/${alice.record.portId}`;
  const aliceMac = alice.record.macAddress;
  const spoofedSource = async (): Promise<boolean> => {
    // bob is told where the false address is, so that only the source address stands in the way.
    await bob.run(['ip', 'neighbour', 'replace', SPOOFED, 'lladdr', aliceMac, 'dev', 'eth0', 'nud', 'permanent']);
    const passed = await alice.pings(SECOND, { source: SPOOFED, count: 1 });
    await bob.run(['ip', 'neighbour', 'delete', SPOOFED, 'dev', 'eth0']);
    return passed;
  };
  const spoofedArp = async (): Promise<boolean> => {
    // alice's kernel answers bob's question for an address that is not hers.
    await bob.run(['ping', '-n', '-q', '-c', '1', '-W', '1', SPOOFED], [1, 2]);
    const { stdout } = await bob.run(['ip', 'neighbour', 'show', 'to', SPOOFED, 'dev', 'eth0']);
    await bob.run(['ip', 'neighbour', 'flush', 'to', SPOOFED, 'dev', 'eth0']);
    return stdout.includes(aliceMac);
  };
  await step('a spoofed source address and a spoofed ARP reply are dropped', async () => {
    await alice.run(['ip', 'address', 'add', `${SPOOFED}/32`, 'dev', 'eth0']);
    expect(!(await spoofedSource()), `bob answered a packet from ${SPOOFED}`);
    expect(!(await spoofedArp()), `bob believed alice's ARP reply for ${SPOOFED}`);
  });
  await step('the same two pass while port security is off (so the test is a test)', async () => {
    await user.request('PUT', port, { port: { security_groups: [], port_security_enabled: false } });
    await waitFor('the spoofed address to pass', TIMEOUT_MS, async () => ((await spoofedSource()) ? true : undefined));
    await waitFor('the ARP reply to pass', TIMEOUT_MS, async () => ((await spoofedArp()) ? true : undefined));
    await user.request('PUT', port, { port: { port_security_enabled: true, security_groups: [group] } });
    await waitFor('port security to be back', TIMEOUT_MS, async () => ((await spoofedSource()) ? undefined : true));
    await alice.run(['ip', 'address', 'delete', `${SPOOFED}/32`, 'dev', 'eth0']);
  });
}

async function expectRefused(session: Session, path: string): Promise<void> {
  try {
    await session.request('GET', path);
  } catch {
    return;
  }
  throw new Error(`${path} of another project was shown`);
}

function lastLines(directory: string): string {
  return readdirSync(directory)
    .map((name) => {
      const lines = readFileSync(join(directory, name), 'utf8').trimEnd().split('\n');
      return `--- ${name}\n${lines.slice(-25).join('\n')}\n`;
    })
    .join('\n');
}
