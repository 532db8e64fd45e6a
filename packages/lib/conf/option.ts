/**
 * oslo.config's option model: a typed table per section. `parse` turns the text of a file (or of a
 * command line) into the value, or throws an Error whose message says what was expected.
 */
export interface OptionType<T> {
  /** What a value looks like, for people: "whole number from 1 to 65535". */
  readonly kind: string;
  parse(text: string): T;
  /** The text that `parse` reads as `value`. */
  format(value: T): string;
}

export interface Option<T> {
  readonly type: OptionType<T>;
  /** A text default may refer to other options (`$state_path/dhcp`), as a text in a file may. */
  readonly default: T;
  readonly help: string;
  /** Stands in sample files for a default that differs from host to host. */
  readonly sample?: string;
  /** Older names, as "name" (same section) or "SECTION.name". */
  readonly deprecated?: readonly string[];
  /** Set where the option itself will go: why, and what to do instead. It is read, and its use reported. */
  readonly deprecatedForRemoval?: string;
  /** Says what is outdated about a value; undefined where nothing is. */
  outdatedValue?(value: T): string | undefined;
  /** The option may be given several times, each occurrence adding a value (`T` is then a list). */
  readonly multi?: boolean;
  /** A running program takes a new value when it is told to reload (SIGHUP). */
  readonly mutable?: boolean;
  /** The value is the name of another section, in which these options of this one are to be looked for instead. */
  readonly namesSectionOf?: readonly string[];
  /** Never shown in logs. */
  readonly secret?: boolean;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;
/** Section name → its options. */
export type OptionSections = Readonly<Record<string, OptionTable>>;

type OptionValue<O> = O extends Option<infer T> ? T : never;
/** The values of a parsed configuration: `conf.ml2.type_drivers`. Frozen. */
export type ConfigValues<S extends OptionSections> = {
  readonly [Section in keyof S]: { readonly [Name in keyof S[Section]]: OptionValue<S[Section][Name]> };
};

/** Declares one option; its value type follows from `type`. */
export function option<T>(declaration: Option<NoInfer<T>> & { readonly type: OptionType<T> }): Option<T> {
  return Object.freeze({ ...declaration });
}

/** Declares the sections that a program reads. */
export function defineSections<const S extends OptionSections>(sections: S): S {
  return Object.freeze(sections);
}

/** The name by which sections are compared: any case, save DEFAULT, which only capitals name. */
export function sectionKey(section: string): string {
  return section === 'DEFAULT' ? section : section.toLowerCase();
}
