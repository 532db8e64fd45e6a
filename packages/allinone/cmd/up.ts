import { performance } from 'node:perf_hooks';
import { startService, type Service, type ServiceOptions } from '../service.ts';

type UpOptions = Omit<ServiceOptions, 'quiet'> & { readonly signal: AbortSignal };

/** Runs until `signal`; resolves to the exit status. What the agents made in the kernel goes on working after it. */
export async function up(options: UpOptions): Promise<number> {
  const { state, signal } = options;
  let started: Service;
  try {
    started = await startService({ ...options, quiet: false });
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stdout.write('Stopped before it was ready.\n');
    return 0;
  }
  await using service = started;
  const seconds = (performance.now() / 1000).toFixed(2);
  const lines = [
    `Neutrino is ready after ${seconds} s.`,
    `  network API  ${service.networkUrl}`,
    `  identity     ${service.identityUrl}   (for this machine only)`,
    `  state        ${state.path}`,
    service.host === undefined
      ? '  data path    none: without root there is the API alone; hosts\' data paths need root'
      : `  data path    ${service.host.isPrivate ? 'a private host (network namespace)' : "this machine's own network"}, agents in pid ${service.agentsPid() ?? '-'}`,
    '',
    `  export OS_CLIENT_CONFIG_FILE=${state.cloudsYaml}`,
    '  openstack --os-cloud neutrino network list',
    '',
    'Ctrl-C stops it; instances and their network go on.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  return 0;
}
