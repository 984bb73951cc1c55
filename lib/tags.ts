import { Token } from 'cdktf';
import type { ConfigCheck } from './config-check';
import { LIMITS, MAX_TAGS } from './policy/limits';

/** Checks tags against what AWS takes: at most 50, with keys and values of its charset. */
export function checkTags(check: ConfigCheck, tags: unknown): ConfigCheck {
  if (Token.isUnresolved(tags) || !check.object('tags', tags)) return check;
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) check.problem(`'tags' has ${entries.length} tags, allowed are ${MAX_TAGS}`);
  for (const [key, value] of entries) check.fits('tags', key, LIMITS.tagKey).fits(`tags.${key}`, value, LIMITS.tagValue);
  return check;
}
