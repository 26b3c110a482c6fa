/** What `digly cluster` can do, for help and completions. */
export const CLUSTER_ACTIONS = ["status"] as const;
