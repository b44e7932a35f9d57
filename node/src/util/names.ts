/**
 * The name that JavaScript gives to an argument or a method that the engine calls by a name in snake_case.
 *
 * @internal
 */
export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The method that makes this request, for errors.
 *
 * @internal
 */
export function methodOf(operation: string): string {
  return operation.includes(" ") ? "request" : camel(operation);
}
