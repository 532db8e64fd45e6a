import { describe, expect, it } from 'vitest';
import { clientBase } from './client-url.ts';
import { processorMs } from '../../../tests/support/processor-time.ts';

describe('clientBase', () => {
  const own = { host: 'controller:9696' };

  it('is what the client wrote, whatever it says of a proxy, where none is expected', () => {
    expect(clientBase({ ...own, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil', 'x-forwarded-prefix': '/x', forwarded: 'host=evil' }, false)).toBe('http://controller:9696');
  });

  it.each([
    [{}, 'http://controller:9696'],
    [{ 'x-forwarded-proto': 'https' }, 'https://controller:9696'],
    [{ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'cloud.example.com' }, 'https://cloud.example.com'],
    [{ 'x-forwarded-host': 'cloud.example.com:8443, inner' }, 'http://cloud.example.com:8443'],
    [{ 'x-forwarded-prefix': '/networking/' }, 'http://controller:9696/networking'],
    [{ 'x-forwarded-prefix': '/networking///' }, 'http://controller:9696/networking'],
    [{ 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/a/b' }, 'https://controller:9696/a/b'],
    [{ forwarded: 'for=192.0.2.60;Proto=https;host="cloud.example.com", for=10.0.0.1;host=inner' }, 'https://cloud.example.com'],
    [{ forwarded: 'for=192.0.2.60', 'x-forwarded-proto': 'https' }, 'http://controller:9696'],
    [{ forwarded: 'host="[2001:db8::1]:9696";proto=https' }, 'https://[2001:db8::1]:9696'],
    [{ 'x-forwarded-proto': 'gopher', 'x-forwarded-host': 'a b', 'x-forwarded-prefix': '"><script>' }, 'http://localhost'],
    [{ forwarded: ';;=;host' }, 'http://controller:9696'],
  ])('behind a proxy follows %j', (said, base) => {
    expect(clientBase({ ...own, ...said }, true)).toBe(base);
  });

  it('costs no time, however long the prefix that somebody says', () => {
    const start = process.cpuUsage();
    for (const prefix of [`${'/'.repeat(60_000)}x`, `${'/x'.repeat(30_000)} `]) expect(clientBase({ ...own, 'x-forwarded-prefix': prefix }, true)).toBe('http://controller:9696');
    expect(processorMs(start)).toBeLessThan(1000);
  });
});
