import { createHash } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDaemon, reloadDaemon, type RunningDaemon, stopDaemon } from '../../linux/daemon.ts';
import { findKeepalived, type KeepalivedFiles, startKeepalived } from '../../linux/keepalived.ts';
import { readLinks } from '../../linux/link.ts';
import { namespaceExists, namespaceInode } from '../../linux/netns.ts';
import { ensureReadableDirectory, readIfPresent, removeDirectory, writeIfChanged } from '../../linux/state-files.ts';
import { watchedDaemons, type WatchedDaemonsOptions } from '../../linux/watched-daemons.ts';
import { inNamespace } from '../../privileged/network-namespace.ts';
import type { HaSettings } from './ha-settings.ts';
import { checkScript, keepalivedConfiguration } from './keepalived-configuration.ts';
import type { CopyState, HaPlan } from './plan-ha.ts';

export interface HaCopiesOptions extends Omit<WatchedDaemonsOptions, 'repeatedMs'> {
  readonly settings: HaSettings;
}

/** One keepalived for each highly available router that has a copy here. They outlive the agent. */
export interface HaCopies extends Disposable {
  /** What the copy is, as the kernel has it: nothing is remembered of it. */
  state(plan: HaPlan): CopyState;
  /** Makes keepalived do what the plan says. Returns what had to be done. */
  ensure(plan: HaPlan): Promise<readonly string[]>;
  /** Takes down what the copy is, for operators and the next start. Returns whether it is news. */
  record(routerId: string, state: CopyState): boolean;
  /** From now on what there is of the router is a copy. */
  claim(routerId: string): void;
  /** Whether a copy of the router is here, or what is left of one. */
  exists(routerId: string): boolean;
  remove(routerId: string): Promise<void>;
  /** Routers whose keepalived waits for the wire. */
  unwired(): readonly string[];
}

/** Each reload has the active copy say everything anew, and two in one interval may cost it its place. */
const RELOAD_PER_INTERVAL = 1.5;

export function createHaCopies({ settings, ends, onEnd }: HaCopiesOptions): HaCopies {
  const daemons = watchedDaemons({ ends, onEnd });
  const unwired = new Set<string>();
  const reloads = new Map<string, { at: number; timer?: NodeJS.Timeout }>();

  const find = (routerId: string, files: CopyFiles): RunningDaemon | undefined => {
    const known = daemons.running(routerId);
    if (known !== undefined) return known;
    daemons.unwatch(routerId);
    // Its configuration is there before it is, and until after it has ended.
    const found = existsSync(files.configuration) ? findKeepalived(files) : undefined;
    if (found !== undefined) daemons.watch(routerId, found);
    return found;
  };

  const reload = (routerId: string, files: CopyFiles): readonly string[] => {
    const state = reloads.get(routerId) ?? { at: -Infinity };
    reloads.set(routerId, state);
    if (state.timer !== undefined) return [];
    const doIt = (): void => {
      delete state.timer;
      const daemon = daemons.running(routerId);
      const contents = readIfPresent(files.configuration);
      if (daemon === undefined || contents === undefined) return;
      state.at = performance.now();
      reloadDaemon(daemon);
      writeFileSync(files.loaded, digest(contents));
    };
    const wait = state.at + settings.advertIntervalSeconds * 1_000 * RELOAD_PER_INTERVAL - performance.now();
    if (wait <= 0) doIt();
    else state.timer = setTimeout(doIt, wait);
    return ['keepalived-reload'];
  };

  const forgetReload = (routerId: string): void => {
    clearTimeout(reloads.get(routerId)?.timer);
    reloads.delete(routerId);
  };

  return {
    state({ routerId, namespace, instance }) {
      const files = filesOf(settings, routerId);
      const daemon = find(routerId, files);
      if (daemon === undefined || !namespaceExists(namespace) || daemon.namespaceInode !== namespaceInode(namespace)) return 'backup';
      const { addresses = [] } = inNamespace(namespace, readLinks).get(instance.device) ?? {};
      return addresses.includes(instance.primaryAddress) ? 'primary' : 'backup';
    },

    async ensure({ routerId, namespace, instance, device }) {
      const files = filesOf(settings, routerId);
      const steps: string[] = [];
      if (await endFormerWatcher(files)) steps.push('former-watcher-end');
      let daemon = find(routerId, files);
      if (daemon !== undefined && daemon.namespaceInode !== namespaceInode(namespace)) {
        daemons.unwatch(routerId);
        await stopDaemon(daemon);
        daemon = undefined;
        steps.push('keepalived-stop');
      }
      // Alone on a wire that is not there each copy would take itself for the only one.
      if (daemon === undefined && readLinks().get(device.tap)?.master === undefined) {
        unwired.add(routerId);
        return steps;
      }
      unwired.delete(routerId);
      const script = settings.healthCheckIntervalSeconds > 0 ? checkScript(instance) : null;
      if (script !== null) writeIfChanged(files.script(instance.vrId), script, 0o755);
      const contents = keepalivedConfiguration(instance, settings, files.script(instance.vrId));
      writeIfChanged(files.configuration, contents, 0o600);
      if (daemon === undefined) {
        forgetReload(routerId);
        for (const file of [files.pid, files.vrrpPid]) rmSync(file, { force: true });
        writeFileSync(files.loaded, digest(contents));
        await startKeepalived(namespace, files);
        if (find(routerId, files) === undefined) throw new Error(`keepalived of router ${routerId} ended as soon as it had started`);
        steps.push('keepalived-start');
      } else if (readIfPresent(files.loaded) !== digest(contents)) {
        steps.push(...reload(routerId, files));
      }
      return steps;
    },

    record(routerId, state) {
      const { directory } = filesOf(settings, routerId);
      return writeIfChanged(join(directory, 'state'), state);
    },

    claim: (routerId) => ensureReadableDirectory(filesOf(settings, routerId).directory),

    exists: (routerId) => existsSync(filesOf(settings, routerId).directory),

    async remove(routerId) {
      const files = filesOf(settings, routerId);
      forgetReload(routerId);
      unwired.delete(routerId);
      const daemon = find(routerId, files);
      daemons.forget(routerId);
      await endFormerWatcher(files);
      if (daemon !== undefined) await stopDaemon(daemon);
      for (const file of [files.pid, files.vrrpPid]) rmSync(file, { force: true });
      removeDirectory(files.directory);
    },

    unwired: () => [...unwired],

    [Symbol.dispose]() {
      for (const { timer } of reloads.values()) clearTimeout(timer);
    },
  };
}

interface CopyFiles extends KeepalivedFiles {
  readonly directory: string;
  /** Tells which configuration keepalived has read: so that an agent that starts need not have it read again. */
  readonly loaded: string;
  /** The process id of what watches the copy for Neutron's agent. */
  readonly watcherPid: string;
  script(vrId: number): string;
}

/** Names are Neutron's: its agents and ours can follow one another. */
function filesOf({ directory, pids }: HaSettings, routerId: string): CopyFiles {
  const own = join(directory, routerId);
  const pid = join(directory, `${routerId}.pid.keepalived`);
  const watcherPid = join(pids, `${routerId}.monitor.pid.neutron-keepalived-state-change-monitor`);
  return { directory: own, watcherPid, configuration: join(own, 'keepalived.conf'), loaded: join(own, 'keepalived.loaded'), script: (vrId) => join(own, `ha_check_script_${vrId}.sh`), pid, vrrpPid: `${pid}-vrrp` };
}

/** Neutron's agent leaves a program that watches the copy and writes its state, too. */
async function endFormerWatcher({ watcherPid }: CopyFiles): Promise<boolean> {
  if (!existsSync(watcherPid)) return false;
  const running = findDaemon({ program: 'neutron-keepalived-state-change', argument: `--pid_file=${watcherPid}`, pidFile: watcherPid });
  if (running !== undefined) await stopDaemon(running);
  rmSync(watcherPid, { force: true });
  return running !== undefined;
}

function digest(contents: string): string {
  return createHash('sha256').update(contents).digest('hex');
}
