import { close, libc, SOCK_CLOEXEC, SOCK_RAW, socket } from './libc.ts';
import { errorOf, systemError } from './network-namespace.ts';

/**
 * Questions to the kernel by netlink(7), in the network namespace that the thread is in. Each is one system call there and a few back, where
 * a program that asks the same costs milliseconds.
 */
export interface NetlinkQuestion {
  readonly protocol: number;
  readonly type: number;
  /** Besides NLM_F_REQUEST. */
  readonly flags: number;
  /** What follows the header. */
  readonly body: Uint8Array;
}

export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP = 0x300;

const AF_NETLINK = 16;
const NLM_F_REQUEST = 1;
const NLM_F_MULTI = 2;
const NLM_F_DUMP_INTR = 0x10;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const MSG_DONTWAIT = 0x40;
const HEADER_BYTES = 16;
/** What one recv(2) of a dump gives is at most 32 KiB; see netlink_dump() in the kernel. */
const RECEIVE_BYTES = 64 * 1024;
const MOST_DUMPS = 5;

const send = libc.func('long send(int fd, const void *data, size_t length, int flags)') as unknown as {
  (fd: number, data: Uint8Array, length: number, flags: number): number;
  readonly async: (fd: number, data: Uint8Array, length: number, flags: number, done: (error: Error | null, sent: number) => void) => void;
};
const recv = libc.func('long recv(int fd, _Out_ uint8_t *data, size_t length, int flags)') as (fd: number, data: Uint8Array, length: number, flags: number) => number;

/**
 * What `read` makes of each message of the answer, given what follows its header. These bytes are of a buffer that the next message is
 * received into: what is to be kept of them is to be copied. Throws an error with `code` where the kernel refuses.
 */
export function askNetlink<T>(question: NetlinkQuestion, read: (body: Buffer) => T): readonly T[] {
  const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, question.protocol);
  if (fd < 0) throw systemError('make a netlink socket');
  try {
    for (let tries = 1; ; tries++) {
      const { answers, interrupted } = exchange(fd, question, tries, read);
      // What was dumped changed meanwhile, and something may have been left out.
      if (!interrupted || tries === MOST_DUMPS) return answers;
    }
  } finally {
    close(fd);
  }
}

/**
 * Sends several messages as one, of which one asks for NLM_F_ACK. The socket is made here and now, in the namespace that the thread is in; another
 * thread waits while the kernel does what it was told. Rejects with an error with `code` where it refuses.
 */
export async function tellNetlink(protocol: number, messages: readonly Omit<NetlinkQuestion, 'protocol'>[]): Promise<void> {
  const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw systemError('make a netlink socket');
  try {
    const request = Buffer.concat(messages.map((message, index) => encode(message, index + 1)));
    const sent = await new Promise<number>((resolve, reject) => {
      send.async(fd, request, request.length, 0, (error, length) => (error === null ? resolve(length) : reject(error)));
    });
    if (sent !== request.length) throw new Error('cannot tell by netlink');
    // Done or not, the answer is there.
    const length = recv(fd, received, received.length, MSG_DONTWAIT);
    if (length < HEADER_BYTES + 4 || received.readUInt16LE(4) !== NLMSG_ERROR) throw new Error('no answer by netlink');
    const code = received.readInt32LE(HEADER_BYTES);
    if (code < 0) throw errorOf(-code, 'do what was told by netlink');
  } finally {
    close(fd);
  }
}

const received = Buffer.alloc(RECEIVE_BYTES);

interface Exchange<T> {
  readonly answers: readonly T[];
  readonly interrupted: boolean;
}

function exchange<T>(fd: number, question: NetlinkQuestion, sequence: number, read: (body: Buffer) => T): Exchange<T> {
  sendAll(fd, encode(question, sequence));

  const answers: T[] = [];
  let interrupted = false;
  for (;;) {
    const length = recv(fd, received, received.length, 0);
    if (length < 0) throw systemError('read an answer by netlink');
    let more = true;
    for (let at = 0; at + HEADER_BYTES <= length; ) {
      const size = received.readUInt32LE(at);
      if (size < HEADER_BYTES) break;
      const type = received.readUInt16LE(at + 4);
      const flags = received.readUInt16LE(at + 6);
      const body = received.subarray(at + HEADER_BYTES, at + size);
      if ((flags & NLM_F_DUMP_INTR) !== 0) interrupted = true;
      if (type === NLMSG_ERROR || type === NLMSG_DONE) {
        // Of a dump the end carries its error too.
        const code = body.length >= 4 ? body.readInt32LE(0) : 0;
        if (code < 0) throw errorOf(-code, 'do what was asked by netlink');
        more = false;
      } else {
        answers.push(read(body));
        if ((flags & NLM_F_MULTI) === 0) more = false;
      }
      at += aligned(size);
    }
    if (!more) return { answers, interrupted };
  }
}

function encode({ type, flags, body }: Omit<NetlinkQuestion, 'protocol'>, sequence: number): Buffer {
  // The next message begins at a multiple of four.
  const request = Buffer.alloc(HEADER_BYTES + aligned(body.length));
  request.writeUInt32LE(HEADER_BYTES + body.length, 0);
  request.writeUInt16LE(type, 4);
  request.writeUInt16LE(flags | NLM_F_REQUEST, 6);
  request.writeUInt32LE(sequence, 8);
  request.set(body, HEADER_BYTES);
  return request;
}

function sendAll(fd: number, request: Buffer): void {
  if (send(fd, request, request.length, 0) < 0) throw systemError('ask by netlink');
}

/** The attributes that follow a message's fixed part, or nested ones; a later one of the same type wins. */
export function netlinkAttributes(bytes: Buffer, from = 0): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = from; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < 4) break;
    attributes.set(bytes.readUInt16LE(at + 2) & 0x3fff, bytes.subarray(at + 4, at + length));
    at += aligned(length);
  }
  return attributes;
}

/**
 * Calls `visit` with each attribute's type and with where its value begins and ends in `bytes`. For messages of which there are many and
 * little is wanted: what holds an attribute costs more than finding it.
 */
export function visitAttributes(bytes: Buffer, from: number, to: number, visit: (type: number, begin: number, end: number) => void): void {
  for (let at = from; at + 4 <= to; ) {
    const length = uint16(bytes, at);
    if (length < 4) break;
    visit(uint16(bytes, at + 2) & 0x3fff, at + 4, at + length);
    at += aligned(length);
  }
}

/** Node's own methods check their arguments at length. */
function uint16(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** An attribute as it stands in a message, padded. */
export function writeAttribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(aligned(4 + value.length));
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, 4);
  return bytes;
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
