import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';

/**
 * A stateful DHCPv6 client (RFC 8415), as small as it can be: asks for one address on eth0 by Solicit and
 * Request, and prints it and the name servers as JSON; prints `null` where no server offers one in time.
 */
const SOLICIT = 1;
const REQUEST = 3;
const link = networkInterfaces()['eth0']?.find((address) => address.family === 'IPv6' && address.address.startsWith('fe80'));
if (link === undefined) throw new Error('eth0 has no link-local address');
const option = (code: number, value: Buffer): Buffer => Buffer.concat([Buffer.of(code >> 8, code & 255, value.length >> 8, value.length & 255), value]);
const duid = Buffer.concat([Buffer.of(0, 3, 0, 1), Buffer.from(link.mac.replaceAll(':', ''), 'hex')]);
const identity = Buffer.concat([Buffer.of(0, 0, 0, 7), Buffer.alloc(8)]);
const wanted = [option(1, duid), option(8, Buffer.alloc(2)), option(6, Buffer.of(0, 23))];

const socket = createSocket('udp6');
socket.bind({ port: 546, address: `${link.address}%eth0` });
await once(socket, 'listening');
const offer = await exchange(SOLICIT, [...wanted, option(3, identity)]);
const server = offer?.get(2);
const answer = server === undefined ? undefined : await exchange(REQUEST, [...wanted, option(2, server), option(3, offer?.get(3) ?? identity)]);
const address = nested(answer?.get(3)).get(5)?.subarray(0, 16);
process.stdout.write(`${JSON.stringify(address === undefined ? null : { address: text(address), dns: text(answer?.get(23) ?? Buffer.alloc(0)) })}\n`);
socket.close();

async function exchange(type: number, options: readonly Buffer[]): Promise<Map<number, Buffer> | undefined> {
  const transaction = randomBytes(3);
  const message = Buffer.concat([Buffer.of(type), transaction, ...options]);
  for (let attempt = 0; attempt < 20; attempt++) {
    socket.send(message, 547, 'ff02::1:2%eth0');
    const reply = await once(socket, 'message', { signal: AbortSignal.timeout(700) }).catch(() => undefined);
    const bytes = reply?.[0] as Buffer | undefined;
    if (bytes?.subarray(1, 4).equals(transaction) === true) return parse(bytes.subarray(4));
  }
  return undefined;
}

function nested(association: Buffer | undefined): Map<number, Buffer> {
  return association === undefined ? new Map() : parse(association.subarray(12));
}

function parse(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; at += 4 + bytes.readUInt16BE(at + 2)) {
    options.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2)));
  }
  return options;
}

function text(address: Buffer): string {
  return (address.toString('hex').match(/.{4}/g) ?? []).join(':');
}
