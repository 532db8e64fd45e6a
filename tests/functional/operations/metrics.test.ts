import { expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { serverProgram } from './server-program.ts';

test('metrics count requests by route and not by id, for Prometheus and on a port of their own', async () => {
  const port = await freePort();
  await using server = await serverProgram(`[metrics]\nbind_port = ${port}\n`);
  for (const id of ['one', 'two']) expect((await fetch(`${server.url}/v2.0/networks/${id}`)).status).toBe(404);
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(answer.headers.get('content-type')).toMatch('text/plain; version=0.0.4');
  const text = await answer.text();
  expect(text).toContain('neutron_api_requests_total{method="GET",route="/v2.0/networks/:id",status="404"} 2');
  expect(text).toMatch(/neutron_api_request_seconds_bucket\{le="1",method="GET",route="\/v2.0\/networks\/:id"\} 2/);
  expect(text).toContain('process_resident_memory_bytes');
  expect((await fetch(`http://127.0.0.1:${port}/other`)).status).toBe(404);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
});
