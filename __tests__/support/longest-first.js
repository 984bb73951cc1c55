const Sequencer = require('@jest/test-sequencer').default;

/** Jest begins with the largest files. The suites that take longest are small, and mostly wait for Terraform, so they go first. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => (path.includes('/e2e/deploy-') ? 0 : path.includes('/e2e/') ? 1 : 2);
    return [...super.sort(tests)].sort((left, right) => rank(left) - rank(right));
  }
};
