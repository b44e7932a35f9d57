/**
 * The name that JavaScript gives to what the engine calls by a name in snake_case.
 *
 * @internal
 */
export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The same for all names of an object.
 *
 * @internal
 */
export function camelNames<T>(named: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [camel(name), value]));
}
