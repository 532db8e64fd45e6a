import { openDatabase } from '@neutrino/server/db/open-database';
import { createOne, member, startMl2 } from './ml2-server.ts';

/** A server's process that is going to be killed: `<database URL> <network id>`. Prints the id of each port once its creation is acknowledged. */
const [url = '', networkId = ''] = process.argv.slice(2);
const { db } = await openDatabase(url, { info: () => undefined });
const { core } = startMl2(db);
const worker = async (): Promise<never> => {
  for (;;) {
    const port = await createOne(core.ports, member('p1'), { network_id: networkId });
    process.stdout.write(`${port.id}\n`);
  }
};
await Promise.all(Array.from({ length: 20 }, worker));
