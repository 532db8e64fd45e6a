import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, reloadDaemon, stopDaemon } from '../linux/daemon.ts';
import { namespaceInode } from '../linux/netns.ts';
import { findRadvd, type RadvdFiles, startRadvd } from '../linux/radvd.ts';
import { ensureReadableDirectory, writeIfChanged } from '../linux/state-files.ts';
import { watchedDaemons, type WatchedDaemonsOptions } from '../linux/watched-daemons.ts';
import type { AdvertisementSettings } from './l3-settings.ts';

/** One radvd for each router with IPv6 subnets. They outlive the agent. */
export interface RouterAdvertiser {
  /** Makes radvd say what `configuration` has; none runs where it is null. Returns what had to be done. */
  ensure(routerId: string, namespace: string, configuration: string | null, options: EnsureOptions): Promise<readonly string[]>;
}

export interface EnsureOptions {
  /**
   * A radvd that ends tells that the router is none any more, and who hears it takes the default route out. So must not end the one of a copy whose place
   * another has taken: that one's router is the same.
   */
  readonly saysFarewell: boolean;
}

export interface RouterAdvertiserOptions extends Omit<WatchedDaemonsOptions, 'repeatedMs'> {
  readonly settings: AdvertisementSettings;
}

export function createRouterAdvertiser({ settings, ends, onEnd }: RouterAdvertiserOptions): RouterAdvertiser {
  /** Those that have read their files as this process wrote them. */
  const loaded = watchedDaemons({ ends, onEnd });
  return {
    async ensure(routerId, namespace, configuration, { saysFarewell }) {
      const files = filesOf(settings, routerId);
      const known = loaded.unwatch(routerId);
      // Its configuration is there before it is, and until after it has ended. Few routers have one, and a search looks at every process.
      let running = known !== undefined && isRunning(known) ? known : existsSync(files.configuration) ? findRadvd(files) : undefined;
      const steps: string[] = [];
      if (running !== undefined && (configuration === null || running.namespaceInode !== namespaceInode(namespace))) {
        await stopDaemon(running, saysFarewell ? ['SIGTERM', 'SIGKILL'] : ['SIGKILL']);
        running = undefined;
        steps.push('radvd-stop');
      }
      if (configuration === null) {
        loaded.forget(routerId);
        for (const file of [files.pid, files.configuration]) rmSync(file, { force: true });
        return steps;
      }
      ensureReadableDirectory(settings.directory);
      ensureReadableDirectory(settings.pids);
      const isChanged = writeIfChanged(files.configuration, configuration);
      if (running === undefined) {
        rmSync(files.pid, { force: true });
        await startRadvd(namespace, files, settings.user);
        steps.push('radvd-start');
      } else if (isChanged || running.pid !== known?.pid) {
        reloadDaemon(running);
        steps.push('radvd-reload');
      }
      const now = running ?? findRadvd(files);
      if (now === undefined) throw new Error(`radvd of router ${routerId} ended as soon as it had started`);
      loaded.watch(routerId, now);
      return steps;
    },
  };
}

/** Names are Neutron's: its agents and ours can follow one another. */
function filesOf({ directory, pids }: AdvertisementSettings, routerId: string): RadvdFiles {
  return { configuration: join(directory, `${routerId}.radvd.conf`), pid: join(pids, `${routerId}.pid.radvd`) };
}
