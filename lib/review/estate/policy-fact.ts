import type { PolicyFact } from './estate';
import { own } from '../plan/review-input';
import { marksAll } from '../plan/planned-changes';
import type { ResourceInstance } from './resource';

/** The policy that an attribute holds as JSON text. */
export function policyIn(instance: ResourceInstance, attribute: string, name = instance.address): PolicyFact {
  return policyOfText(name, instance.values[attribute], own(instance.unknown, attribute), own(instance.sensitive, attribute));
}

/**
 * A policy given as JSON text.
 *
 * @param unknown Terraform's mark of a value that is known after apply
 * @param sensitive Terraform's mark of a value that is sensitive
 */
export function policyOfText(name: string, text: unknown, unknown: unknown, sensitive: unknown): PolicyFact {
  if (unknown !== undefined && unknown !== false) return { name, unknown: 'known after apply' };
  if (typeof text !== 'string') return { name, unknown: 'not set' };
  try {
    const document: unknown = JSON.parse(text);
    return marksAll(sensitive) ? { name, document, sensitive: true } : { name, document };
  } catch {
    return { name, unknown: 'no JSON' };
  }
}
