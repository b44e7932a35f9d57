/** Returns whether a result has the expected fields. It may have more. */
export function matches(given, wanted) {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(given) && given.length === wanted.length && wanted.every((item, index) => matches(given[index], item))
    );
  }
  if (wanted !== null && typeof wanted === "object") {
    return (
      given !== null &&
      typeof given === "object" &&
      Object.keys(wanted).every((name) => matches(given[name], wanted[name]))
    );
  }
  return given === wanted;
}
