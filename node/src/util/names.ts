/**
 * Returns the camelCase form of a snake_case name.
 *
 * @internal
 */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, character: string) => character.toUpperCase());
}

/**
 * Returns the method name of an operation, for errors. Custom requests have the method `request`.
 *
 * @internal
 */
export function methodName(operation: string): string {
  return operation.includes(" ") ? "request" : camelCase(operation);
}
