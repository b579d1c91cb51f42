/**
 * Ends the process without taking Node's environment down first: with many closed handles that can spin for ever
 * (https://github.com/nodejs/node/issues/47748). To be called when everything else that listens to the exit is registered.
 */
export function exitAtOnce(): void {
  process.on('exit', (code) => process.exit(code));
}
