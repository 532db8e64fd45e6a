import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux gives to connections and to who asks for any port (ip_local_port_range): none is taken by chance before it is used. */
const [FIRST, COUNT] = [12_000, 20_000];

/**
 * A TCP port of 127.0.0.1 that nobody listens on, for programs that cannot be told to take any (port 0). No other process gets it from this
 * function until this one ends: a socket with a name of its own says whose it is.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const reservation = createServer().unref();
    if (!(await listens(reservation, { path: `\0neutrino-test-port-${port}` }))) continue;
    const trial = createServer();
    if (!(await listens(trial, { port, host: '127.0.0.1' }))) continue;
    trial.close();
    await once(trial, 'close');
    return port;
  }
}

/** False where another one has the place. */
async function listens(server: ReturnType<typeof createServer>, where: { readonly path: string } | { readonly port: number; readonly host: string }): Promise<boolean> {
  server.listen(where);
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
