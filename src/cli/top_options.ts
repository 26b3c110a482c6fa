/** What `digly top` sorts resources by. */
export const SORTS = ["rate", "errors", "time"] as const;
