import koffi from 'koffi';

/** The C library, and the few of its functions and numbers that several modules of this folder use. */
export const libc = koffi.load('libc.so.6');

export const socket = libc.func('int socket(int domain, int type, int protocol)') as (domain: number, type: number, protocol: number) => number;
export const close = libc.func('int close(int fd)') as (fd: number) => number;
export const ioctl = libc.func('int ioctl(int fd, unsigned long request, _Inout_ void *argument)') as (
  fd: number, request: number, argument: Uint8Array,
) => number;

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const SIOCGIFFLAGS = 0x8913;
export const IFF_UP = 1;
