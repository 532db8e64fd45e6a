import { rabbitTransport } from '../../support/rabbit-transport.ts';
import { serveTestPeer } from './peer-endpoint.ts';

await serveTestPeer(rabbitTransport(process.argv[2] ?? ''), process.argv[3] ?? 'rabbit');
