import { nearestName } from '@neutrino/lib/conf/nearest-name';
import { CannotStart } from '../cmd/cannot-start.ts';

export interface DriverChoice {
  /** "[ml2] type_drivers". */
  readonly option: string;
  /** The short names of those that there are. */
  readonly available: readonly string[];
  /** Neutron's short names → the classes that its configuration files may name instead; those of `available` among them. */
  readonly neutron: Readonly<Record<string, string>>;
}

export interface ChosenDrivers {
  /** Short names, in the order given. */
  readonly names: readonly string[];
  /** One for each that Neutron has, and that is not there yet: it is left out. */
  readonly warnings: readonly string[];
}

/**
 * Which of the drivers that an option names there are. A file that was written for Neutron starts this program too; a name that
 * nobody knows throws CannotStart, because it is a mistake.
 */
export function chooseDrivers(given: readonly string[], choice: DriverChoice): ChosenDrivers {
  const names: string[] = [];
  const warnings: string[] = [];
  for (const text of given) {
    const name = shortName(text, choice);
    if (choice.available.includes(name)) names.push(name);
    else warnings.push(`${choice.option}: ${text} is not available yet; it is left out`);
  }
  return { names, warnings };
}

/** The one driver of an option that there must be. Throws CannotStart where it is not. */
export function chooseDriver(given: string, choice: DriverChoice): string {
  const name = shortName(given, choice);
  if (!choice.available.includes(name)) throw new CannotStart(`${choice.option}: ${given} is not available; use ${choice.available.join(' or ')}`);
  return name;
}

function shortName(given: string, { option, available, neutron }: DriverChoice): string {
  const name = Object.entries(neutron).find(([, className]) => className === given.replace(':', '.'))?.[0] ?? given;
  const known = new Set([...available, ...Object.keys(neutron)]);
  if (known.has(name)) return name;
  const near = nearestName(given, known);
  throw new CannotStart(`${option}: there is no "${given}"${near === undefined ? '' : `; did you mean ${near}?`}; there are ${available.join(', ')}`);
}
