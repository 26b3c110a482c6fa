/** The class of responses; a runtime may have a faster one than the global. */
export type ResponseClass = typeof Response;
