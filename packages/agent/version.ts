export { version } from '@neutrino/lib/version';
