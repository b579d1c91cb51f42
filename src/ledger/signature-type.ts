/** The `typ` header of a signature over evidence, so that no other signed thing can be passed off as one (RFC 8725, section 3.11). */
export const SIGNATURE_TYPE = 'leaver-evidence+jws';
