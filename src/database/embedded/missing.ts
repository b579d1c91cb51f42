/** For the `catch` of a call on a file: a file that does not exist is an answer, any other trouble stays an error. */
export function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
