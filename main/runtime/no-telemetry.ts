// onnxruntime since 1.29 keeps a device id in the user's cache folder and uploads events unless this is set before its
// library is loaded. This program works offline and tells nobody. Imported before anything that imports onnxruntime-node;
// a worker thread needs `env: SHARE_ENV`, because otherwise its environment is a copy that native code does not see.
process.env['ORT_DISABLE_TELEMETRY'] = '1';
