import { defineSections, option } from '@neutrino/lib/conf/option';
import { int, str } from '@neutrino/lib/conf/option-types';
import { defineProgram } from '@neutrino/runtime/cmd/program';

// A program as small as one can be: what tests of the frame start.
await defineProgram({
  name: 'sample-program',
  description: 'Shows what it was told.',
  sections: defineSections({
    DEFAULT: { number: option({ type: int(), default: 1, mutable: true, help: 'A number.' }) },
    other: { word: option({ type: str(), default: 'none', help: 'A word.' }) },
  }),
  defaultConfigFiles: [],
  arguments: '[what...]',
  extraOptions: [{ flags: '--sql', description: 'an option of its own' }],
  main: async ({ config, log, signal, onReload, argv, options }) => {
    const [what = 'show'] = argv;
    log.debug('a detail');
    if (what === 'show') process.stdout.write(`${JSON.stringify({ number: config.DEFAULT.number, word: config.other.word, sql: options['sql'] ?? false, argv })}\n`);
    if (what === 'fail') throw new RangeError('it failed');
    if (what === 'wait') {
      onReload((changed) => void process.stdout.write(`number ${changed.DEFAULT.number}, word ${changed.other.word}\n`));
      process.stdout.write('waiting\n');
      const keepAlive = setInterval(() => undefined, 1000);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      clearInterval(keepAlive);
      process.stdout.write('stopped\n');
    }
  },
}).run();
