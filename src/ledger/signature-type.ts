/** The `typ` headers of our signatures, so that no signed thing can be passed off as another (RFC 8725, section 3.11). */
export const EVIDENCE_TYPE = 'leaver-evidence+jws';
export const CHECKPOINT_TYPE = 'leaver-checkpoint+jws';
export const ARCHIVE_TYPE = 'leaver-archive+jws';
export type SignatureType = typeof EVIDENCE_TYPE | typeof CHECKPOINT_TYPE | typeof ARCHIVE_TYPE;
