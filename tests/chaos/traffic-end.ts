import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { EndReport, EndRole } from './traffic.ts';

/**
 * One end of the traffic, run inside an instance. SIGHUP: begins to send. SIGUSR1: sends nothing more. SIGUSR2: tells in one line of JSON what it
 * has sent and received.
 */
const role = JSON.parse(process.argv[2] ?? '{}') as EndRole;
const PORT = 7000;
const UDP_EVERY_MS = 20;
const TCP_EVERY_MS = 100;

const sent: Record<string, number> = {};
const received: Record<string, Set<number>> = {};
interface HeldConnection {
  answered: number;
  longestMs: number;
  broken: boolean;
}
const held: Record<string, HeldConnection> = {};
let sending = false;
let began = 0;

const socket = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 });
socket.on('message', (message) => {
  const [number, stream = ''] = message.toString().split('/');
  (received[stream] ??= new Set()).add(Number(number));
});
socket.on('error', () => undefined);
socket.bind(PORT);
const listens = once(socket, 'listening');

for (const { stream, address } of role.sendTo) {
  sent[stream] = 0;
  setInterval(() => {
    // By the clock: on a busy machine a timer is late, and the pace must not depend on it.
    while (sending && (sent[stream] ?? 0) * UDP_EVERY_MS < performance.now() - began) {
      const number = (sent[stream] = (sent[stream] ?? 0) + 1);
      socket.send(`${number}/${stream}`, PORT, address, () => undefined);
    }
  }, UDP_EVERY_MS);
}

// A connection that is held: each line is answered, and the next is sent after some time.
const server = createServer((peer) => {
  peer.setNoDelay(true);
  peer.on('error', () => undefined);
  peer.pipe(peer);
}).listen(PORT);
function hold(stream: string, peer: Socket): void {
  const state: HeldConnection = { answered: 0, longestMs: 0, broken: false };
  held[stream] = state;
  let asked = 0;
  const ask = (): void => {
    asked = performance.now();
    peer.write('.');
  };
  peer.setNoDelay(true);
  peer.once('connect', ask);
  peer.on('data', () => {
    state.answered++;
    state.longestMs = Math.max(state.longestMs, Math.round(performance.now() - asked));
    setTimeout(ask, TCP_EVERY_MS);
  });
  for (const end of ['error', 'close']) peer.on(end, () => void (state.broken = true));
}

process.on('SIGHUP', () => {
  sending = true;
  began = performance.now();
  for (const { stream, address } of role.holdTo) hold(stream, connect(PORT, address));
});
process.on('SIGUSR1', () => void (sending = false));
process.on('SIGUSR2', () => {
  const report: EndReport = { sent, received: Object.fromEntries(Object.entries(received).map(([stream, numbers]) => [stream, [...numbers]])), held };
  process.stdout.write(`${JSON.stringify(report)}\n`);
});
await Promise.all([listens, once(server, 'listening')]);
process.stdout.write('ready\n');
