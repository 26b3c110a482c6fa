/** Starts the page. */
import { render } from "preact";
import { App } from "./app.tsx";
import { live } from "./live.ts";
import { applyTheme } from "./theme.ts";

applyTheme();
live.connect();
document.addEventListener("visibilitychange", () => live.setHidden(document.hidden));
render(<App />, document.body);
