import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';

/** The rules of who may import whom, each with its reason. Prints every breach; exits 1 if there is one. */

const ROOT = resolve(import.meta.dirname, '..');

/** Package → the packages of ours that it may import: the arrows of docs/architecture.md. */
const DIRECTION: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  runtime: ['lib'],
  server: ['lib', 'runtime'],
  agent: ['lib', 'runtime'],
  client: ['lib', 'runtime'],
  allinone: ['lib', 'runtime', 'server', 'agent', 'client'],
};

/** What nothing that the agents load may import, at any depth. */
const NOT_IN_AGENTS = ['better-sqlite3', 'fastify', 'kysely', 'mysql2', 'pg'];

const PRIVILEGED = ['node:child_process', 'koffi'];
const mayRunPrograms = (file: string): boolean =>
  file.startsWith('packages/agent/privileged/') || file.startsWith('packages/allinone/');

interface Import {
  readonly specifier: string;
  /** Imports nothing but types: gone when the program runs. */
  readonly typeOnly: boolean;
  /** The file of ours behind it, from the root; undefined for npm packages and Node's own modules. */
  readonly target: string | undefined;
}

const sources = globSync('packages/*/**/*.ts', { cwd: ROOT, exclude: ['**/dist/**', '**/node_modules/**', '**/*.test.ts'] });
const breaches: string[] = [];

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const { module, errors } = parseSync(file, text);
  for (const error of errors) breaches.push(`${file}: ${error.message}`);
  const dynamic = module.dynamicImports
    .map((found) => text.slice(found.moduleRequest.start, found.moduleRequest.end))
    .filter((expression) => /^(['"]).*\1$/.test(expression))
    .map((literal) => ({ specifier: literal.slice(1, -1), typeOnly: false }));
  const statics = module.staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  const reexports = module.staticExports
    .flatMap((found) => found.entries)
    .flatMap(({ moduleRequest, isType }) => (moduleRequest ? { specifier: moduleRequest.value, typeOnly: isType } : []));
  return [...statics, ...reexports, ...dynamic].map((found) => ({ ...found, target: fileBehind(file, found.specifier) }));
}

function fileBehind(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return relative(ROOT, resolve(ROOT, dirname(file), specifier));
  const ours = /^@neutrino\/([^/]+)\/(.+)$/.exec(specifier);
  return ours ? `packages/${ours[1]}/${ours[2]}.ts` : undefined;
}

const packageOf = (file: string): string => file.split('/')[1] ?? '';
const npmName = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');

const graph = new Map(sources.map((file) => [file, importsOf(file)]));

function declaredDependencies(name: string): ReadonlySet<string> {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> };
  return new Set(Object.keys(manifest.dependencies ?? {}));
}
const declared = new Map(Object.keys(DIRECTION).map((name) => [name, declaredDependencies(name)]));

function checkImport(file: string, { specifier, typeOnly, target }: Import): string | undefined {
  const from = packageOf(file);
  if (target !== undefined) {
    const to = packageOf(target);
    if (!target.startsWith('packages/')) return 'a package imports nothing outside the packages';
    if (!graph.has(target)) return `there is no ${target} (or it is a test)`;
    if (to === from) return specifier.startsWith('.') ? undefined : 'inside a package imports are relative';
    if (specifier.startsWith('.')) return `another package is imported by its name, @neutrino/${to}/…`;
    return (DIRECTION[from] ?? []).includes(to) ? undefined : `imports point one way: ${from} may import ${DIRECTION[from]?.join(', ') || 'no package of ours'}`;
  }
  if (PRIVILEGED.includes(specifier) && !typeOnly && !mayRunPrograms(file)) {
    return 'programs and system calls are reached through packages/agent/privileged only, so that privilege has one folder to review';
  }
  if (specifier.startsWith('node:')) return from === 'lib' ? 'lib is pure: it must also run in a browser' : undefined;
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  return declared.get(from)?.has(npmName(specifier)) ? undefined : `${npmName(specifier)} is not a dependency in packages/${from}/package.json`;
}

/** The first way from `start` (depth first) to a file that imports one of `names`. */
function wayTo(names: readonly string[], start: string, seen: Set<string>): string[] | undefined {
  if (seen.has(start)) return undefined;
  seen.add(start);
  for (const { specifier, target } of graph.get(start) ?? []) {
    if (target === undefined && names.includes(npmName(specifier))) return [start, specifier];
    const rest = target === undefined ? undefined : wayTo(names, target, seen);
    if (rest) return [start, ...rest];
  }
  return undefined;
}

function checkCycles(): void {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) {
      breaches.push(`import cycle: ${[...path.slice(at), file].join(' → ')}`);
    } else if (!done.has(file)) {
      for (const { target } of graph.get(file) ?? []) if (target !== undefined && graph.has(target)) visit(target, [...path, file]);
      done.add(file);
    }
  };
  for (const file of sources) visit(file, []);
}

for (const [file, imports] of graph) {
  for (const found of imports) {
    const breach = checkImport(file, found);
    if (breach !== undefined) breaches.push(`${file} imports ${found.specifier}: ${breach}`);
  }
}
const seen = new Set<string>();
for (const file of sources.filter((source) => packageOf(source) === 'agent')) {
  const way = wayTo(NOT_IN_AGENTS, file, seen);
  if (way) breaches.push(`agents run as root and carry no SQL driver and no HTTP framework: ${way.join(' → ')}`);
}
checkCycles();

if (breaches.length > 0) {
  console.log(breaches.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`${sources.length} files, no breach`);
}
