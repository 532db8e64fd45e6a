import { CommandFailed, run } from '../privileged/run.ts';
import type { IptablesPrograms } from './iptables.ts';

/** Whether the kernel has a connection tracking helper (as it may have a module for it): it is asked for in a network namespace that ends with the question. */
export async function hasConntrackHelper(programs: IptablesPrograms, helper: string, protocol: string): Promise<boolean> {
  const input = `*raw\n-A PREROUTING -p ${protocol} -m ${protocol} --dport 1 -j CT --helper ${helper}\nCOMMIT\n`;
  try {
    await run(['unshare', '--net', programs.restore.IPv4, '--noflush', ...(programs.backend === 'legacy' ? ['--wait', '10'] : [])], { input });
    return true;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return false;
  }
}
