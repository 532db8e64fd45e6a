import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import type { Namespaces } from './namespaces.ts';

/** Has programs outside of the hosts speak with those on them. */
export interface Relay extends Disposable {
  /** The port of 127.0.0.1 whose connections go on to that address, from the host's network. */
  to(address: string, port: number): Promise<number>;
}

/**
 * A listening socket belongs to the network where it was made, whoever holds it: it is made here, and given to a process
 * on the host, whose own connections are made there.
 */
export function openRelay({ pid }: Namespaces): Relay {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', `--net=/proc/${pid}/ns/net`, '--', process.execPath, import.meta.filename], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return {
    async to(address, port) {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const local = (server.address() as AddressInfo).port;
      await new Promise<void>((resolve, reject) => child.send({ address, port }, server, (error) => (error === null ? resolve() : reject(error))));
      // Closes this process's own share of it.
      server.close();
      return local;
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

if (process.argv[1] === import.meta.filename) {
  process.on('message', ({ address, port }: { readonly address: string; readonly port: number }, server) => {
    (server as Server).on('connection', (near) => {
      near.pause();
      const far = connect({ host: address, port, allowHalfOpen: true });
      const end = (): void => void (near.destroy(), far.destroy());
      far.once('connect', () => void (near.pipe(far), far.pipe(near)));
      for (const socket of [near, far]) socket.on('error', end).on('close', end);
    });
  });
  process.once('disconnect', () => process.exit());
}
