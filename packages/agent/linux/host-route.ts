import { run } from '../privileged/run.ts';

/** The routes through a device that somebody configured, each as `ip route replace` takes it, without the device. */
export async function readHostRoutes(device: string): Promise<readonly string[]> {
  const families = await Promise.all(
    ['-4', '-6'].map(async (family) => parseHostRoutes((await run(['ip', '-json', family, 'route', 'show', 'dev', device])).stdout, family === '-6')),
  );
  return families.flat();
}

/** Reads what `ip -json route show dev …` prints. Routes that follow from addresses or advertisements follow them again elsewhere. */
export function parseHostRoutes(text: string, ipv6: boolean): readonly string[] {
  return (JSON.parse(text.trim() === '' ? '[]' : text) as readonly IpRoute[])
    .filter(({ protocol }) => protocol !== 'kernel' && protocol !== 'ra')
    .map(({ dst, gateway, protocol, metric, prefsrc, flags = [] }) =>
      [
        dst === 'default' ? (ipv6 ? '::/0' : '0.0.0.0/0') : dst,
        ...(gateway === undefined ? [] : [`via ${gateway}`]),
        ...(metric === undefined ? [] : [`metric ${metric}`]),
        ...(protocol === undefined ? [] : [`proto ${protocol}`]),
        ...(prefsrc === undefined ? [] : [`src ${prefsrc}`]),
        ...(flags.includes('onlink') ? ['onlink'] : []),
      ].join(' '),
    );
}

interface IpRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly protocol?: string;
  readonly metric?: number;
  readonly prefsrc?: string;
  readonly flags?: readonly string[];
}
