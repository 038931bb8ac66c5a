// An S3 server with one bucket on loopback, over HTTPS: over plain HTTP this one stores the signatures of restic's chunks too.
// Arguments: folder, port, file of the key, file of the certificate. Says `ready` to its parent, and ends with it.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const S3rver = require(join(__dirname, '..', 's3-server', 'node_modules', 's3rver'));

const [directory, port, key, cert] = process.argv.slice(2);
new S3rver({
  directory,
  port: Number(port),
  address: '127.0.0.1',
  silent: true,
  key: readFileSync(key),
  cert: readFileSync(cert),
  configureBuckets: [{ name: 'qlik' }],
}).run((error) => {
  if (error) throw error;
  process.send('ready');
});
process.once('disconnect', () => process.exit());
