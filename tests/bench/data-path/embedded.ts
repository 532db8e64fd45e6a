import { readService } from '@neutrino/allinone/running-service';
import { neutrinoService } from '../../support/neutrino-service.ts';
import type { Installation } from './installation.ts';

/** `neutrino up`: the server is one process, the agents together are another. */
export async function embedded(): Promise<Installation> {
  await using stack = new AsyncDisposableStack();
  const service = stack.use(await neutrinoService());
  let run = await service.up();
  let admin = await service.admin();
  const owned = stack.move();
  return {
    name: 'neutrino up (in one process each, SQLite)',
    host: service.host(),
    hostName: readService(service.state)?.hostName ?? '',
    projectId: admin.projectId,
    request: (method, path, body) => admin.request(method, path, body),
    agents: () => ({ 'all agents in one process': Number(/agents in pid (\d+)/.exec(run.output())?.[1]) }),
    async restartAround(meanwhile) {
      await service.stop(run);
      await meanwhile();
      const asked = performance.now();
      run = await service.up();
      admin = await service.admin();
      return asked;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
