/** Why a handler is told to stop, beside the error of a cancelled job. Test `code`, not the class. */
export class Interruption extends Error {
  readonly code: 'worker-closing' | 'lock-lost' | 'job-ended'
  constructor(code: Interruption['code'], message: string) {
    super(message)
    this.name = 'Interruption'
    this.code = code
  }
}
