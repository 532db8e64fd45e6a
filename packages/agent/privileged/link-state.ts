import { readFileSync } from 'node:fs';
import { AF_INET, close, IFF_UP, ioctl, SIOCGIFFLAGS, SOCK_DGRAM, socket } from './libc.ts';
import { inNamespace, systemError } from './network-namespace.ts';

const SIOCGIFMTU = 0x8921;

/** What is asked of every network at every start, by system calls: a process of ip(8) each costs a hundred times as much. */
export interface LinkState {
  readonly mtu: number;
  readonly up: boolean;
}

/** A device of the process's own namespace; null where there is none. See netdevice(7). */
export function linkState(device: string): LinkState | null {
  return withInetSocket((fd) => {
    const request = deviceRequest(device);
    if (!answers(fd, SIOCGIFFLAGS, request)) return null;
    const up = (request.readUInt16LE(16) & IFF_UP) !== 0;
    return answers(fd, SIOCGIFMTU, request) ? { mtu: request.readInt32LE(16), up } : null;
  });
}

/** struct ifreq: a name of 16 bytes, then the value. */
export function deviceRequest(device: string): Buffer {
  const request = Buffer.alloc(40);
  request.write(device, 0, 15, 'latin1');
  return request;
}

/** The kernel is asked about devices through a socket, any socket. */
export function withInetSocket<T>(action: (fd: number) => T): T {
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) throw systemError('make a socket');
  try {
    return action(fd);
  } finally {
    close(fd);
  }
}

/** Whether the device has a default route inside the namespace. */
export function hasDefaultRoute(namespace: string, device: string, version: 4 | 6): boolean {
  const table = inNamespace(namespace, () => readIfPresent(`/proc/thread-self/net/${version === 4 ? 'route' : 'ipv6_route'}`));
  return table.split('\n').some((line) => {
    const fields = line.trim().split(/\s+/);
    // Destination and its mask, or its length; see proc(5). IPv6 lists its device last.
    return version === 4
      ? fields[0] === device && fields[1] === '00000000' && fields[7] === '00000000'
      : fields.at(-1) === device && /^0{32}$/.test(fields[0] ?? '') && fields[1] === '00';
  });
}

function answers(fd: number, question: number, request: Uint8Array): boolean {
  if (ioctl(fd, question, request) === 0) return true;
  const error = systemError('read the state of a device');
  if (error.code === 'ENODEV') return false;
  throw error;
}

/** A kernel without IPv6 has no table of its routes. */
function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
