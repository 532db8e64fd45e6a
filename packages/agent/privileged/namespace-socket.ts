import { isIPv6 } from 'node:net';
import { AF_INET, AF_INET6, close, libc, SOCK_CLOEXEC, SOCK_DGRAM, socket } from './libc.ts';
import { inNamespace, systemError } from './network-namespace.ts';

/**
 * Sockets that live in a named network namespace while the process stays outside. They are made with
 * raw system calls between two setns(2) calls: net.Server.listen(port, host) resolves the host later,
 * and would bind in whatever namespace the thread is in by then.
 */
const bind = libc.func('int bind(int fd, const void *address, unsigned int length)') as SocketCall;
const listen = libc.func('int listen(int fd, int backlog)') as (fd: number, backlog: number) => number;
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const int *value, unsigned int length)') as (
  fd: number, level: number, name: number, value: readonly number[], length: number,
) => number;
const sendto = libc.func('long sendto(int fd, const void *data, size_t length, int flags, const void *address, unsigned int size)') as (
  fd: number, data: Uint8Array, length: number, flags: number, address: Uint8Array, size: number,
) => number;
const inetPton = libc.func('int inet_pton(int family, const char *text, _Out_ uint8_t *address)') as (
  family: number, text: string, address: Uint8Array,
) => number;
const ifNameToIndex = libc.func('unsigned int if_nametoindex(const char *name)') as (name: string) => number;

type SocketCall = (fd: number, address: Uint8Array, length: number) => number;

const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IP = 0;
const IP_FREEBIND = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_FREEBIND = 78;

export interface SocketAddress {
  /** IPv4 or IPv6, without a zone. */
  readonly address: string;
  readonly port: number;
  /** The device of a link-local or multicast address. */
  readonly device?: string;
}

/**
 * A listening TCP socket in the namespace, to be adopted with `server.listen({ fd })`, which then owns it.
 * The address need not be there yet (an IPv6 address may still be under duplicate address detection).
 */
export function listenInNamespace(namespace: string, where: SocketAddress, backlog = 128): number {
  return inNamespace(namespace, () => {
    const family = familyOf(where);
    const fd = openSocket(family, SOCK_STREAM);
    try {
      setOption(fd, SOL_SOCKET, SO_REUSEADDR);
      if (family === AF_INET6) {
        setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY);
        setOption(fd, IPPROTO_IPV6, IPV6_FREEBIND);
      } else {
        setOption(fd, IPPROTO_IP, IP_FREEBIND);
      }
      const address = encodeAddress(where);
      if (bind(fd, address, address.length) !== 0) throw systemError(`bind ${where.address} port ${where.port} in ${namespace}`);
      if (listen(fd, backlog) !== 0) throw systemError(`listen on ${where.address} port ${where.port} in ${namespace}`);
      return fd;
    } catch (error) {
      close(fd);
      throw error;
    }
  });
}

/** Sends one UDP datagram from inside the namespace. */
export function sendInNamespace(namespace: string, to: SocketAddress, payload: Uint8Array): void {
  inNamespace(namespace, () => {
    const fd = openSocket(familyOf(to), SOCK_DGRAM);
    try {
      const address = encodeAddress(to);
      if (sendto(fd, payload, payload.length, 0, address, address.length) < 0) throw systemError(`send to ${to.address} in ${namespace}`);
    } finally {
      close(fd);
    }
  });
}

function openSocket(family: number, type: number): number {
  const fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemError('make a socket');
  return fd;
}

function setOption(fd: number, level: number, name: number): void {
  if (setsockopt(fd, level, name, [1], 4) !== 0) throw systemError(`set socket option ${level}/${name}`);
}

function familyOf(where: SocketAddress): number {
  return isIPv6(where.address) ? AF_INET6 : AF_INET;
}

/** A struct sockaddr_in or sockaddr_in6; must run inside the namespace, where the device's index is known. */
function encodeAddress(where: SocketAddress): Uint8Array {
  const family = familyOf(where);
  const binary = new Uint8Array(16);
  if (inetPton(family, where.address, binary) !== 1) throw new TypeError(`not an IP address: ${where.address}`);
  const bytes = Buffer.alloc(family === AF_INET6 ? 28 : 16);
  bytes.writeUInt16LE(family, 0);
  bytes.writeUInt16BE(where.port, 2);
  if (family === AF_INET) {
    bytes.set(binary.subarray(0, 4), 4);
    return bytes;
  }
  bytes.set(binary, 8);
  if (where.device !== undefined) {
    const index = ifNameToIndex(where.device);
    if (index === 0) throw systemError(`find device ${where.device}`);
    bytes.writeUInt32LE(index, 24);
  }
  return bytes;
}
