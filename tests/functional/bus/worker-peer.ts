import { workerData, type MessagePort } from 'node:worker_threads';
import { messagePortChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { connectOverChannel } from '@neutrino/runtime/rpc/transports/in-process/connect-over-channel';
import { serveTestPeer } from './peer-endpoint.ts';

const { port, server } = workerData as { port: MessagePort; server: string };
await serveTestPeer(connectOverChannel(messagePortChannel(port)), server);
