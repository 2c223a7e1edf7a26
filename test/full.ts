/** Whether the full sizes are wanted (`npm run test:full`), which take hours. */
export const full = process.env.LOOPP_TEST_FULL !== undefined;
