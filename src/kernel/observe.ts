/**
 * What became of one poll of a stream: it brought tokens, or nothing; it waited for tokens until it was given up, which is no fault; or it failed.
 */
export type PollOutcome = 'tokens' | 'nothing' | 'waited' | 'failed';

/**
 * Something that is counted or measured. Closed: whoever counts handles all of them.
 *
 * Every text in it comes from the configuration or from a closed list, never from a message or a person.
 */
export type Observation =
  | { readonly kind: 'signal-stored'; readonly connection: string; readonly channel: string; readonly disposition: string }
  /** A sender did not prove who it is, so that nothing was stored. */
  | { readonly kind: 'sender-refused'; readonly channel: string }
  | { readonly kind: 'stream-polled'; readonly connection: string; readonly outcome: PollOutcome }
  | { readonly kind: 'case-contained'; readonly playbook: string; readonly seconds: number }
  | { readonly kind: 'case-ended'; readonly playbook: string; readonly state: string; readonly seconds: number }
  /** `outcome` is that of a step that is done, else the kind of the result. */
  | {
      readonly kind: 'attempt-ended';
      readonly target: string;
      readonly action: string;
      readonly outcome: string;
      readonly seconds: number;
    }
  /** One try of a call to another system; `answer` is its status, or the cause of having none. `repeated` from the second try on. */
  | {
      readonly kind: 'call-ended';
      readonly system: string;
      readonly method: string;
      readonly answer: string;
      readonly repeated: boolean;
      readonly seconds: number;
    };

/** Takes an observation in. Returns at once, and never throws. */
export type Observe = (observation: Observation) => void;

/** For whoever counts nothing. */
export const unobserved: Observe = () => undefined;
