import type { Json } from '../../kernel/json.ts';
import type { Attribute } from './attributes.ts';
import { isObject, memberOf, withMember } from './json-values.ts';

/** What was just said to be the primary one takes the place of the one before. */
export function favour(attribute: Attribute, elements: readonly Json[], touched: Json | undefined): readonly Json[] {
  if (touched === undefined || !isPrimary(touched)) {
    return onePrimary(elements);
  }
  const favoured = identityOf(attribute, touched);
  return onePrimary(elements, (one) => identityOf(attribute, one) === favoured);
}

/** Only one element is the primary one: the first that may be. */
export function onePrimary(elements: readonly Json[], mayBe: (element: Json) => boolean = () => true): readonly Json[] {
  let taken = false;
  return elements.map((one) => {
    if (!isPrimary(one) || !isObject(one)) {
      return one;
    }
    const stays = !taken && mayBe(one);
    taken ||= stays;
    return stays ? one : { ...one, primary: false };
  });
}

/** Whether the element is said to be the preferred one. */
export function isPrimary(element: Json): boolean {
  return isObject(element) && element['primary'] === true;
}

/** Two elements with one value and one type are one element, whatever else is said about them; of a reference, only the value counts. */
export function identityOf({ subAttributes }: Attribute, element: Json): string {
  const value = isObject(element) ? memberOf(element, 'value') : undefined;
  if (!isObject(element) || value === undefined) {
    return JSON.stringify(element);
  }
  const pointsToOne = subAttributes.some(({ name }) => name === '$ref');
  return JSON.stringify(pointsToOne ? value : [value, element['type'] ?? null]);
}

/** The element, whatever it is used for. */
export function withoutType(element: Json): Json {
  return isObject(element) ? withMember(element, 'type', undefined) : element;
}
