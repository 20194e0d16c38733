// The official builds of ONNX Runtime since 1.29 report to their maker, by default, what models are loaded (names, hashes)
// and how they run, and keep a device id and a database in the user's cache. Users of this service did not agree to
// that. The variable is read once, when ONNX Runtime initializes, so it is set before the library is imported.
process.env['ORT_DISABLE_TELEMETRY'] = '1'
