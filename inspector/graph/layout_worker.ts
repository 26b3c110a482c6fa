/** Lays out graphs in a thread of its own, so that the page stays responsive. */
import { layOut, type LayoutInput } from "./layout.ts";

addEventListener("message", ({ data }: MessageEvent<LayoutInput & { readonly id: number }>) => {
  postMessage({ id: data.id, layout: layOut(data) });
});
