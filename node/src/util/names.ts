/** Returns the camelCase form of a snake_case name. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, character: string) => character.toUpperCase());
}

/** Returns the snake_case form of a name in camelCase or PascalCase. */
export function snakeCase(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, "_$&").toLowerCase();
}

/** Returns the method name of an operation, for errors. Custom requests have the method `request`. */
export function methodName(operation: string): string {
  return operation.includes(" ") ? "request" : camelCase(operation);
}
