import { test } from 'vitest';
import { requires } from '../../support/capabilities.ts';
import { engineUnderTest } from '../../support/engines.ts';

const { name, needs } = engineUnderTest();

// Stands for all of them where the machine lacks the engine: see vitest.config.ts.
test(`the tests of the database and the API on ${name}`, requires(...needs), () => undefined);
