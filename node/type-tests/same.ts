/** `true` if two types are the same. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles with `true` if two types are the same. */
export function same<A, B>(_: Same<A, B>): void {}
