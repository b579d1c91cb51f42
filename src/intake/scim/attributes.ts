/** The characteristics of an attribute, RFC 7643 section 2.2, as far as they differ here. */
export interface Attribute {
  readonly name: string;
  /** `unknown`: not of our schemas; kept as it came. */
  readonly type: 'string' | 'boolean' | 'reference' | 'dateTime' | 'binary' | 'complex' | 'unknown';
  readonly description: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readWrite' | 'readOnly' | 'writeOnly';
  readonly returned: 'default' | 'always' | 'never';
  readonly uniqueness: 'none' | 'server';
  readonly canonicalValues: readonly string[];
  readonly referenceTypes: readonly string[];
  readonly subAttributes: readonly Attribute[];
}

const PLAIN = {
  type: 'string',
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  canonicalValues: [],
  referenceTypes: [],
  subAttributes: [],
} as const;

/** A single-valued string, but for what is said otherwise. */
export function attribute(name: string, description: string, differences: Partial<Attribute> = {}): Attribute {
  return { ...PLAIN, name, description, ...differences };
}

export function complex(
  name: string,
  description: string,
  subAttributes: readonly Attribute[],
  differences: Partial<Attribute> = {},
): Attribute {
  return attribute(name, description, { type: 'complex', subAttributes, ...differences });
}

/** A multi-valued attribute with the sub-attributes of RFC 7643 section 2.4. */
export function plural(name: string, description: string, canonicalValues: readonly string[], value: Partial<Attribute> = {}): Attribute {
  return complex(
    name,
    description,
    [
      attribute('value', 'The value itself', value),
      attribute('display', 'The value for people'),
      attribute('type', 'What the value is used for', { canonicalValues }),
      attribute('primary', 'Whether it is the preferred one', { type: 'boolean' }),
    ],
    { multiValued: true },
  );
}

export function unknownAttribute(name: string): Attribute {
  return attribute(name, 'Not of our schemas', { type: 'unknown' });
}

/** Attribute names are compared without regard to case, RFC 7643 section 2.1. */
export function findByName(attributes: readonly Attribute[], name: string): Attribute | undefined {
  const wanted = name.toLowerCase();
  return attributes.find((one) => one.name.toLowerCase() === wanted);
}
