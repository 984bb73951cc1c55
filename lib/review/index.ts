export { gather } from './gather';
export { readPlan } from './plan';
export { ReviewInputError } from './plan-json';
export { printable } from './printable';
export { jsonReport } from './report-json';
export { MAX_COMMENT_CHARACTERS, markdownReport, marker } from './report-markdown';
export { type Paint, textReport } from './report-text';
export { readSynthesisedStack } from './synthesised-stack';
export { exitCodeOf, review, type Review, type ReviewOptions } from './verdict';
