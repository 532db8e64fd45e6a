import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** An environment in which an agent is killed, with no chance to do anything more, when ip(8) has taken so many of the steps of its batches. */
export function killedAfterSteps(steps: number): Disposable & { readonly env: Readonly<Record<string, string>>; readonly happened: () => boolean } {
  const directory = temporaryDirectory(0o755);
  const [left, killed] = [join(directory.path, 'left'), join(directory.path, 'killed')];
  writeFileSync(left, String(steps));
  writeFileSync(join(directory.path, 'ip'), `#!/bin/sh
PATH=\${PATH#*:}
case "$*" in *-batch*) ;; *) exec ip "$@" ;; esac
input=$(cat)
count=$(echo "$input" | wc -l)
left=$(cat ${left})
if [ "$count" -le "$left" ]; then
  echo $((left - count)) >${left}
  echo "$input" | ip "$@"
  exit
fi
echo "$input" | head -n "$left" | ip "$@"
touch ${killed}
grep -q "^PPid:[[:space:]]*$PPID$" /proc/$$/status && kill -9 $PPID
`, { mode: 0o755 });
  return {
    env: { PATH: `${directory.path}:${process.env['PATH'] ?? ''}` },
    happened: () => existsSync(killed),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
