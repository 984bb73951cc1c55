export { gather } from './estate/gather';
export { readPlan } from './plan/plan';
export { ReviewInputError } from './plan/plan-json';
export { printable } from './report/printable';
export { jsonReport } from './report/report-json';
export { MAX_COMMENT_CHARACTERS, markdownReport, marker } from './report/report-markdown';
export { type Paint, textReport } from './report/report-text';
export { readSynthesisedStack } from './stack/synthesised-stack';
export { exitCodeOf, review, type Review, type ReviewOptions } from './judgement/verdict';
