import { connect, createServer, type Socket } from 'node:net';

/**
 * A TCP connection held open: `serve ADDRESS PORT` sends back what it gets; `hold ADDRESS PORT` sends a byte every 10 ms and waits for
 * each to come back, and at SIGTERM prints how many came and the longest time in which none did: `{"received":…,"longestGapMs":…}`.
 */
const [role, address = '', port = ''] = process.argv.slice(2);
const fail = (error: Error): void => {
  process.stdout.write(`${JSON.stringify({ error: error.message })}\n`, () => process.kill(process.pid, 'SIGKILL'));
};

if (role === 'serve') {
  const server = createServer((socket) => void socket.setNoDelay().on('error', () => undefined).pipe(socket));
  server.on('error', fail).listen(Number(port), address, () => process.stdout.write('ready\n'));
} else {
  hold(connect(Number(port), address).setNoDelay().on('error', fail));
}

function hold(socket: Socket): void {
  let received = 0;
  let longestGapMs = 0;
  let last = 0;
  const gap = (): void => {
    const now = performance.now();
    if (last > 0) longestGapMs = Math.max(longestGapMs, now - last);
    last = now;
  };
  socket.on('data', (chunk) => {
    if (received === 0) process.stdout.write('ready\n');
    received += chunk.length;
    gap();
  });
  socket.on('close', () => fail(new Error('the connection was closed')));
  setInterval(() => socket.write('.'), 10);
  process.once('SIGTERM', () => {
    gap();
    process.stdout.write(`${JSON.stringify({ received, longestGapMs: Math.round(longestGapMs) })}\n`, () => process.kill(process.pid, 'SIGKILL'));
  });
}
