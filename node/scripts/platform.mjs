// The C library of this system: "glibc" or "musl" on Linux, otherwise undefined.
const glibc = process.platform === "linux" && process.report.getReport().header.glibcVersionRuntime;

export const libc = process.platform === "linux" ? (glibc ? "glibc" : "musl") : undefined;
