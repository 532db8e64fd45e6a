import { parentProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { connectOverChannel } from '@neutrino/runtime/rpc/transports/in-process/connect-over-channel';
import { serveTestPeer } from './peer-endpoint.ts';

await serveTestPeer(connectOverChannel(parentProcessChannel()), process.argv[2] ?? 'child');
