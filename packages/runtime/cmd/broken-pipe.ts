/** `neutron port-list | head -1`: who reads has read enough, and that is no failure of the program. */
export function tolerateBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
