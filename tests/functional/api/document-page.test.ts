import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, requires } from '../../support/capabilities.ts';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';

describe('the page of the API, in a browser', { ...requires(command('chromium')), timeout: 120_000 }, () => {
  let server: NetworkServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await networkServer('[ml2]\nextension_drivers = port_security\n');
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('shows every resource, asks nobody but this server, and breaks no rule of its own policy', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const asked = new Set<string>();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.add(new URL(request.url()).protocol === 'data:' ? server.url : new URL(request.url()).origin));
    await page.goto(`${server.url}/docs`);
    await page.waitForSelector('.opblock-tag[data-tag="ports"]');
    const tags = await page.locator('.opblock-tag').evaluateAll((elements) => elements.map((element) => element.getAttribute('data-tag')));
    expect(tags).toEqual(expect.arrayContaining(['discovery', 'networks', 'subnets', 'ports', 'security_groups', 'quotas']));
    expect(complaints).toEqual([]);
    expect([...asked]).toEqual([server.url]);
  });

  test('is found with a slash at its end too', async () => {
    const answer = await fetch(`${server.url}/docs/`);
    expect({ url: answer.url, type: answer.headers.get('content-type') }).toEqual({ url: `${server.url}/docs`, type: 'text/html; charset=utf-8' });
    expect((await fetch(`${server.url}/docs/index.js`)).status).toBe(404);
  });

  test('tries a request out', async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/docs`);
    await page.locator('.opblock-tag[data-tag="discovery"]').click();
    await page.locator('#operations-discovery-list_versions').click();
    await page.locator('#operations-discovery-list_versions button.execute').click();
    await expect.poll(() => page.locator('#operations-discovery-list_versions .live-responses-table tbody .response-col_status').first().textContent(), { timeout: 60_000 }).toContain('200');
  });
});
