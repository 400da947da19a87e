// For files that share a process: a crash of onnxruntime, sharp or better-sqlite3 in one would fail the others too.
process.dlopen = (_, file) => {
  const error = new Error(`${file} is loaded by a test file that shares its process: take the file out of \`together\` in vitest.config.ts`);
  // As when an addon cannot be loaded: sharp looks at the code.
  throw Object.assign(error, { code: 'ERR_DLOPEN_FAILED' });
};
