import { pino } from 'pino';
import { expect, test } from 'vitest';
import { consume } from './consume.ts';
import type { KeptConnection } from './keep-connected.ts';

const log = pino({ level: 'silent' });

test('a listener that gets no channel asks for another, until it is stopped or the connection is given up', async () => {
  const given = new AbortController();
  const third = Promise.withResolvers<undefined>();
  let asked = 0;
  const connection: KeptConnection = {
    closed: given.signal,
    async channel() {
      asked += 1;
      if (asked === 3) third.resolve(undefined);
      throw new Error('no more channels');
    },
    async [Symbol.asyncDispose]() {
      given.abort();
    },
  };
  const listening = () => consume({ connection, queues: [], prefetch: 0, cancelOnFailover: false, retryMs: 1, receive: () => undefined, log });
  const stopped = listening();
  await third.promise;
  await stopped[Symbol.asyncDispose]();
  await expect(stopped.started).rejects.toThrow('stopped');
  const before = asked;
  await connection[Symbol.asyncDispose]();
  await expect(listening().started).rejects.toThrow('stopped');
  expect(asked).toBe(before + 1);
});
