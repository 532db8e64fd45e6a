/**
 * oslo.config's option model: a typed table per section. `parse` turns the text of a file (or of a
 * command line) into the value, or throws an Error whose message says what was expected.
 */
export interface OptionType<T> {
  readonly kind: string;
  parse(text: string): T;
}

export interface Option<T> {
  readonly type: OptionType<T>;
  readonly default: T;
  readonly help: string;
  /** Older names, as "name" (same section) or "SECTION.name". */
  readonly deprecated?: readonly string[];
  /** The option may be given several times, each occurrence adding a value (`T` is then a list). */
  readonly multi?: boolean;
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
