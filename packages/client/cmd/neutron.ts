import { tolerateBrokenPipe } from '@neutrino/runtime/cmd/broken-pipe';
import { ConfigError } from '@neutrino/lib/conf/resolve';
import { CommanderError } from 'commander';
import { UsageError } from '../cli/command-environment.ts';
import { neutronProgram } from '../cli/neutron-program.ts';
import { RequestFailed } from '../session.ts';

/** Exit statuses that scripts can use. */
const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, unreachable: 4, forbidden: 5 } as const;

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError || error instanceof ConfigError) return EXIT.usage;
  if (!(error instanceof RequestFailed)) return EXIT.failed;
  if (error.status === 404) return EXIT.notFound;
  if (error.status === 401 || error.status === 403) return EXIT.forbidden;
  return error.status === 0 ? EXIT.unreachable : EXIT.failed;
}

tolerateBrokenPipe();

try {
  const program = neutronProgram({
    variables: process.env,
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  });
  await program.run(process.argv.slice(2));
} catch (error) {
  // commander has said what was wrong itself.
  if (!(error instanceof CommanderError)) {
    const type = error instanceof RequestFailed && error.type !== '' ? `${error.type}: ` : '';
    const logged = error instanceof RequestFailed && error.requestId !== '' ? ` (request ${error.requestId})` : '';
    process.stderr.write(`neutron: ${type}${error instanceof Error ? error.message : String(error)}${logged}\n`);
  }
  process.exitCode = statusOf(error);
}
