/** The variable that makes the program run a script for its parent, and nothing else. */
export const CHILD_VARIABLE = "DIGLY_SCRIPT_PROCESS";
