const { createHash } = require('node:crypto');
const { transformSync, version } = require('esbuild');

/** TypeScript to what Node.js runs, types left out: `npm run types` checks them. */
module.exports = {
  process: (text, path) =>
    transformSync(text, { loader: 'ts', format: 'cjs', platform: 'node', target: 'node20', sourcefile: path, sourcemap: 'inline' }),
  getCacheKey: (text, path) => createHash('sha256').update(`${version}\0${path}\0${text}`).digest('hex'),
};
