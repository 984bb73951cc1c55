// The SDK says on every start that versions from 2027 on need Node 22.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** @type {import('jest').Config} */
module.exports = {
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  transform: { '\\.ts$': '<rootDir>/__tests__/support/esbuild-transform.js' },
  moduleNameMapper: {
    '^multi-tenant-data-access$': '<rootDir>/runtime/src/index.ts',
    '^multi-tenant-data-access/(.*)$': '<rootDir>/runtime/src/$1.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/runtime/dist', '<rootDir>/cdktf.out'],
  // The end-to-end suites mostly wait for Terraform, so more of them run at once than there are cores.
  maxWorkers: 4,
  testSequencer: '<rootDir>/__tests__/support/longest-first.js',
  // With the above, a test that takes a second alone may take many.
  testTimeout: 30_000,
};
