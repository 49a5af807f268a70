import type { Scalar } from './expression';

/**
 * The type of the value at a path inside `T`, or `never` where there is none.
 *
 * A path is written as the service writes it: `ModelArtifacts.S3ModelArtifacts`, `InputDataConfig[0].ChannelName`,
 * `ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri`. A quoted key names a member of a map, or of a list whose items have names.
 */
export type PropertyAt<T, Path extends string> = Path extends ''
  ? T
  : Path extends `.${infer Rest}`
    ? AtMember<T, Rest>
    : Path extends `['${infer Key}']${infer Rest}`
      ? PropertyAt<AtKey<NonNullable<T>, Key>, Rest>
      : Path extends `[${number}]${infer Rest}`
        ? PropertyAt<AtIndex<NonNullable<T>>, Rest>
        : never;

/** `Path` itself when it leads to a text, a number or a boolean of `T`; else a type that says what is wrong. */
export type PropertyPath<T, Path extends string> = [PropertyAt<T, `.${Path}`>] extends [never]
  ? `no property '${Path}'`
  : NonNullable<PropertyAt<T, `.${Path}`>> extends Scalar
    ? Path
    : `'${Path}' is not a text, a number or a boolean`;

/** `PropertyAt` as the widest scalar type, so that enumerations read as texts. */
export type PropertyType<T, Path extends string> = Widen<NonNullable<PropertyAt<T, `.${Path}`>>>;

export type Widen<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : never;

type AtMember<T, Path extends string> = Path extends `${infer Name}.${infer Rest}`
  ? Name extends `${infer Before}[${infer After}`
    ? PropertyAt<Member<T, Before>, `[${After}.${Rest}`>
    : PropertyAt<Member<T, Name>, `.${Rest}`>
  : Path extends `${infer Before}[${infer After}`
    ? PropertyAt<Member<T, Before>, `[${After}`>
    : Member<T, Path>;

type Member<T, Name extends string> = Name extends keyof NonNullable<T> ? NonNullable<NonNullable<T>[Name]> : never;

type AtKey<T, Key extends string> = T extends readonly (infer Item)[]
  ? Item
  : T extends Record<string, infer Item>
    ? Item
    : Key extends keyof T
      ? T[Key]
      : never;

type AtIndex<T> = T extends readonly (infer Item)[] ? Item : never;
