import { startMetadataSource } from '@neutrino/allinone/metadata-source';

/** Nova's metadata service for a lab's instances, at its usual port: `nova-metadata-process.ts ADDRESS DIRECTORY SECRET`. */
const [address = '', instancesDirectory = '', secret = ''] = process.argv.slice(2);
await startMetadataSource({ instancesDirectory, secret, address, port: 8775 });
