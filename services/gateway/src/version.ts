/** Version of the service, as its documents tell it. */
export const version = '0.1.0'
