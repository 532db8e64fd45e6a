import type { Transport } from '@neutrino/lib/rpc/messaging';

/** What the tests' other side serves, wherever it runs: it proves where it is, waits, and calls back. */
export async function serveTestPeer(transport: Transport, server: string): Promise<void> {
  await transport.listen({
    topic: 'peer',
    server,
    endpoints: [
      {
        version: '1.2',
        methods: {
          whoami: (context) => ({ pid: process.pid, server, context }),
          sum: (_, { numbers }) => (numbers as readonly number[]).reduce((total, number) => total + number, 0),
          nothing: () => undefined,
          fail: (_, { type, message }) => {
            throw Object.assign(new Error(message as string), { type });
          },
          hang: () => new Promise(() => undefined),
          askBack: (context, { topic }) => transport.call(context, { topic: topic as string }, 'answer', {}),
          flood: async (_, { count }) => {
            for (let n = 0; n < (count as number); n++) await transport.cast({}, { topic: 'sink' }, 'note', { n });
          },
        },
      },
    ],
  });
}
