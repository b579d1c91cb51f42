import { messageOf } from '../../kernel/errors.ts';
import { note } from '../output.ts';

/** What is to be undone, last one first. */
export type Closers = (() => Promise<void>)[];

/** Undoes everything, also when a part of it fails. */
export async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    await close().catch((error: unknown) => note(`Something could not be stopped in order: ${messageOf(error)}`));
  }
}
