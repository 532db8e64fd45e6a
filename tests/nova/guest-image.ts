import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@neutrino/lib/json';
import { debianKernel } from '../support/virtual-machine/debian-kernel.ts';
import { initramfs } from '../support/virtual-machine/initramfs.ts';
import type { CloudClient } from './cloud-client.ts';

/** Puts the guest into Glance: a kernel, what it starts with, and a disk on which nothing is. Returns the image's id. */
export async function uploadGuest(cloud: CloudClient): Promise<string> {
  const kernel = debianKernel();
  const start = initramfs(kernel, { init: readFileSync(join(import.meta.dirname, 'guest.sh'), 'utf8'), modules: ['virtio_pci', 'virtio_net'] });
  const [kernelId, startId] = [await upload(cloud, 'aki', 'guest-kernel', readFileSync(kernel.image)), await upload(cloud, 'ari', 'guest-start', readFileSync(start))];
  const commandLine = 'console=ttyS0 quiet mitigations=off random.trust_cpu=1 net.ifnames=0';
  return upload(cloud, 'raw', 'guest', new Uint8Array(2 ** 20), { kernel_id: kernelId, ramdisk_id: startId, os_command_line: commandLine, hw_vif_model: 'virtio' });
}

/** For a driver that runs nothing. */
export function uploadNothing(cloud: CloudClient): Promise<string> {
  return upload(cloud, 'raw', 'nothing', new Uint8Array(2 ** 20));
}

async function upload(cloud: CloudClient, format: 'aki' | 'ari' | 'raw', name: string, data: Uint8Array, properties: JsonObject = {}): Promise<string> {
  const image = await cloud.request('image', 'POST', '/v2/images', { name, disk_format: format, container_format: format === 'raw' ? 'bare' : format, visibility: 'public', ...properties });
  const id = String(image['id']);
  await cloud.request('image', 'PUT', `/v2/images/${id}/file`, data);
  return id;
}
