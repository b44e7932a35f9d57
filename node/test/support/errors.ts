import assert from "node:assert/strict";

/** Returns the error of a promise. The error must be of this class. */
export async function errorOf<E extends Error>(
  promise: PromiseLike<unknown>,
  Class: abstract new (...args: never[]) => E,
): Promise<E> {
  const error = await promise.then(
    () => assert.fail("the promise did not reject"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof Class, String(error));
  return error;
}
