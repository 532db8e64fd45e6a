import { expect, test } from 'vitest';
import { missingServices } from './service-plugins.ts';

test('what is always there may be listed, and what is not yet is named, by short name or module', () => {
  expect(missingServices([])).toEqual([]);
  expect(missingServices(['tag', 'router', 'neutron.services.timestamp.timestamp_plugin.TimeStampPlugin'])).toEqual([]);
  expect(missingServices(['trunk', 'neutron.services.qos.qos_plugin.QoSPlugin'])).toEqual([
    expect.stringContaining('trunk is not available yet'),
    expect.stringContaining('QoSPlugin is not available yet'),
  ]);
});

test('a service that nobody knows stops the start', () => {
  expect(() => missingServices(['rooter'])).toThrow('[DEFAULT] service_plugins: there is no service "rooter"; did you mean router?');
});
