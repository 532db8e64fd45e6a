import { expect, test } from 'vitest';
import { serverProgram } from './server-program.ts';

test.each([1, 2])('SIGHUP gives a running server of %i workers new default quotas, and loses no request', async (workers) => {
  const settings = (networks: number): string => `api_workers = ${workers}\n[quotas]\nquota_network = ${networks}\n`;
  await using server = await serverProgram(settings(7));
  const limit = async (): Promise<unknown> => {
    const answer = await fetch(`${server.url}/v2.0/quotas/a/default`);
    return ((await answer.json()) as { quota: { network: number } }).quota.network;
  };
  expect(await limit()).toBe(7);
  server.configure(settings(9));
  server.signal('SIGHUP');
  // Each worker reloads in its own time: a few answers in a row come from all of them.
  await expect.poll(async () => [await limit(), await limit(), await limit(), await limit()], { timeout: 60_000 }).toEqual([9, 9, 9, 9]);
  expect(server.log()).toContain('SIGHUP: reloaded [quotas] quota_network');
});
