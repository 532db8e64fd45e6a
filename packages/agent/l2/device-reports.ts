import type { Logger } from 'pino';
import type { PluginApi } from '../rpc/plugin-api.ts';

/** What the server is still to be told about devices. A report that fails stays, and the newest word on a device is the one that counts. */
export interface DeviceReports {
  /** To be reported up at the next `send`, unless that is taken back before. */
  readonly wired: (devices: readonly string[]) => void;
  /** Not reported now: something is still to be done. */
  readonly notYet: (device: string) => void;
  readonly unwirable: (device: string) => void;
  readonly gone: (device: string) => void;
  readonly isPending: (device: string) => boolean;
  /** Sends all there is to say in one message. Returns the devices whose report the server did not take in; rejects where it did not answer. */
  readonly send: () => Promise<readonly string[]>;
}

export function deviceReports(api: PluginApi, log: Logger): DeviceReports {
  const up = new Set<string>();
  const down = new Set<string>();
  return {
    wired(devices) {
      for (const device of devices) {
        down.delete(device);
        up.add(device);
      }
    },
    notYet: (device) => void up.delete(device),
    unwirable(device) {
      if (up.delete(device)) down.add(device);
    },
    gone(device) {
      up.delete(device);
      down.add(device);
    },
    isPending: (device) => up.has(device),
    async send() {
      if (up.size === 0 && down.size === 0) return [];
      const reply = await api.updateDeviceList([...up], [...down]);
      const failed = [...reply.failed_devices_up, ...reply.failed_devices_down];
      if (failed.length > 0) log.warn({ devices: failed }, 'the server did not take in the report on these devices');
      up.clear();
      down.clear();
      for (const device of reply.failed_devices_down) down.add(device);
      return reply.failed_devices_up;
    },
  };
}
