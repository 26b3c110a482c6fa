/** The parser of js-yaml, which `scripts/embed.ts` puts into a file that evaluates it on first use. */
import type * as jsYaml from "js-yaml";

/** The types of events. */
export declare const EVENT_ID: typeof jsYaml.EVENT_ID;

/** The styles of scalars. */
export declare const SCALAR_STYLE: typeof jsYaml.SCALAR_STYLE;

/** The parser. */
export declare function loadLibrary(): Pick<typeof jsYaml, "parseEvents" | "getScalarValue">;
