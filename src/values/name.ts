/** Names of plugins, chains, bridges and transports. */
export const namePattern = /^[A-Za-z0-9._-]+$/;
