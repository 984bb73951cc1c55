/** What is known of a statement or condition: it holds, it does not, or nobody can tell from what was given. */
export type Truth = 'yes' | 'no' | 'unknown';

export function not(truth: Truth): Truth {
  if (truth === 'unknown') return 'unknown';
  return truth === 'yes' ? 'no' : 'yes';
}

export function both(left: Truth, right: Truth): Truth {
  if (left === 'no' || right === 'no') return 'no';
  return left === 'yes' && right === 'yes' ? 'yes' : 'unknown';
}

export function either(left: Truth, right: Truth): Truth {
  if (left === 'yes' || right === 'yes') return 'yes';
  return left === 'no' && right === 'no' ? 'no' : 'unknown';
}

/** Whether the test holds for one of the values at least; `no` for none. */
export function some<T>(values: readonly T[], test: (value: T) => Truth): Truth {
  let result: Truth = 'no';
  for (const value of values) {
    result = either(result, test(value));
    if (result === 'yes') break;
  }
  return result;
}

/** Whether the test holds for all values; `yes` for none. */
export function every<T>(values: readonly T[], test: (value: T) => Truth): Truth {
  let result: Truth = 'yes';
  for (const value of values) {
    result = both(result, test(value));
    if (result === 'no') break;
  }
  return result;
}
