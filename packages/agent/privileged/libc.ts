import koffi from 'koffi';

/** The C library, and the few of its functions that several modules of this folder call. */
export const libc = koffi.load('libc.so.6');

export const socket = libc.func('int socket(int domain, int type, int protocol)') as (domain: number, type: number, protocol: number) => number;
export const close = libc.func('int close(int fd)') as (fd: number) => number;
export const ioctl = libc.func('int ioctl(int fd, unsigned long request, _Inout_ void *argument)') as (
  fd: number, request: number, argument: Uint8Array,
) => number;

export const AF_INET = 2;
export const SOCK_DGRAM = 2;
