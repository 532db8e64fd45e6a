import type { Command } from 'commander';

/**
 * `completion bash|zsh|fish`: a script for the shell, which asks this program (`completion words …`) what may come next, and so knows
 * the commands of the version that is installed.
 */
export function addCompletion(program: Command, write: (text: string) => void): void {
  const group = program.command('completion').description('completion of commands and options for a shell');
  for (const [shell, { about, script }] of Object.entries(SHELLS)) {
    group.command(shell).description(about).action(() => write(script));
  }
  // The old client's name for it.
  program.command('bash-completion', { hidden: true }).action(() => write(SHELLS.bash.script));
}

/** What `completion words -- WORD…` prints. The words are not this program's to parse: they are begun, and may be wrong. */
export function completionOf(program: Command, argv: readonly string[]): string | undefined {
  const [first, second, third] = argv;
  if (first !== 'completion' || second !== 'words') return undefined;
  return nextWords(program, argv.slice(third === '--' ? 3 : 2)).map((word) => `${word}\n`).join('');
}

/** What may stand where the last of the words is begun: names of commands, then options. */
export function nextWords(program: Command, words: readonly string[]): readonly string[] {
  const begun = words.at(-1) ?? '';
  let at = program;
  for (const word of words.slice(0, -1)) {
    const next = at.commands.find((command) => command.name() === word);
    if (next !== undefined) at = next;
  }
  const hidden = new Set(at.commands.filter((command) => isHidden(command)));
  // Old names are many: they are told only once one is begun.
  const commands = at.commands.filter((command) => !hidden.has(command) || (begun.length > 2 && !begun.startsWith('-'))).map((command) => command.name());
  const options = [...at.options, ...(at === program ? [] : program.options)].filter((option) => !option.hidden).flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  const choices = chosen(at, words.at(-2));
  if (choices !== undefined) return choices.filter((word) => word.startsWith(begun));
  return [...new Set([...commands, ...(begun.startsWith('-') ? [...options, '--help'] : [])])].filter((word) => word.startsWith(begun)).toSorted();
}

/** What an option that stands just before may be. */
function chosen(command: Command, before: string | undefined): readonly string[] | undefined {
  const option = command.options.find(({ long, short }) => before !== undefined && (long === before || short === before));
  return option?.argChoices;
}

function isHidden(command: Command): boolean {
  return (command as Command & { readonly _hidden?: boolean })._hidden === true;
}

const SHELLS = {
  bash: {
    about: 'for bash: eval "$(neutron completion bash)"',
    script: `_neutron() {
  local IFS=$'\\n'
  COMPREPLY=($(neutron completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _neutron neutron
`,
  },
  zsh: {
    about: 'for zsh: eval "$(neutron completion zsh)"',
    script: `#compdef neutron
_neutron() {
  local -a next
  next=("\${(@f)$(neutron completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $next
}
compdef _neutron neutron
`,
  },
  fish: {
    about: 'for fish: neutron completion fish | source',
    script: `complete -c neutron -f -a '(neutron completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
  },
} as const;
